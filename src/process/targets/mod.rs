//! Targets: cases that have missed the times of `policies/sla.toml` are raised, once for each case and figure. Looks at
//! what began just as long ago as it may take, so that a check costs what has happened since the last one.
//!
//! Figures that are shares of many cases, or about messages, are judged where they are read (`figures`): a breach is
//! itself a message, and one about a late message would only make the next one later.

mod raise;
mod suspects;

use crate::{
    app::App,
    domain::{
        exception::{Exception, ExceptionState},
        sla::{BREACHED, Figure},
    },
    error::Error,
    process::Case,
    store::{Cursor, Query},
};
use jiff::{SignedDuration, Timestamp};
use raise::{raise_about_exception, raise_about_shipment};
use suspects::{Begins, suspects};

/// How the cases of a figure begin, and in which states a shipment's case is not over.
struct Watched {
    figure: Figure,
    begins: Begins,
    open: &'static [&'static str],
}

const CONFIRMED: Begins = Begins::Events(&["delivery.completed", "delivery.partially_completed"]);
const BROUGHT: &[&str] = &["delivered", "partially_delivered"];

const WATCHED: [Watched; 5] = [
    Watched {
        figure: Figure::OrderToDispatch,
        begins: Begins::Events(&["order.released"]),
        open: &["created", "planned", "loaded"],
    },
    Watched {
        figure: Figure::DispatchToConfirmation,
        begins: Begins::Events(&["vehicle.departed"]),
        open: &["out_for_delivery"],
    },
    Watched { figure: Figure::ProofPosting, begins: CONFIRMED, open: BROUGHT },
    Watched { figure: Figure::InvoiceReleaseCycle, begins: CONFIRMED, open: BROUGHT },
    Watched { figure: Figure::InvoiceReleaseDelay, begins: Begins::Tasks("release_invoice"), open: BROUGHT },
];

/// Raises what has missed its target between `since` and now; answers how much that was. What cannot be looked at
/// keeps no other case from being raised, and fails the check in the end.
pub async fn check_targets(app: &App, case: &Case, since: Timestamp) -> Result<usize, Error> {
    let mut check = Check { app, case, raised: 0, failed: None };
    for watched in &WATCHED {
        if let Some(span) = check.span(watched.figure, since) {
            check.shipments(watched, span).await?;
        }
    }
    if let Some(span) = check.span(Figure::ExceptionResolution, since) {
        check.exceptions(span).await?;
    }
    check.failed.map_or(Ok(check.raised), Err)
}

struct Check<'a> {
    app: &'a App,
    case: &'a Case,
    raised: usize,
    failed: Option<Error>,
}

impl Check<'_> {
    /// When cases began that missed the figure's target between `since` and now.
    fn span(&self, figure: Figure, since: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let within = self.app.law().sla.figures.get(&figure)?.within_seconds?;
        let within = SignedDuration::from_secs(i64::try_from(within).ok()?);
        let until = self.case.now().checked_sub(within).ok()?;
        Some((since.checked_sub(within).ok()?, until))
    }

    async fn shipments(&mut self, watched: &Watched, span: (Timestamp, Timestamp)) -> Result<(), Error> {
        for suspect in suspects(&self.app.store, watched, span).await? {
            let outcome = raise_about_shipment(self.app, self.case, watched.figure, &suspect).await;
            self.note(watched.figure, suspect.shipment.as_str(), outcome);
        }
        Ok(())
    }

    /// Exceptions that somebody has to see to. That a target was missed is not one that is missed itself.
    async fn exceptions(&mut self, (from, until): (Timestamp, Timestamp)) -> Result<(), Error> {
        let statuses = ["open", "acknowledged"].map(str::to_owned).to_vec();
        let after = Some(Cursor { created: from, id: String::new() });
        let mut query = Query { statuses, after, ..Query::default() };
        loop {
            let slice = self.app.store.list::<Exception>(&query).await?;
            for exception in &slice.rows {
                if exception.raised.recorded_at >= until {
                    return Ok(());
                }
                if self.has_to_be_resolved(exception) {
                    let outcome = raise_about_exception(self.app, self.case, &exception.id).await;
                    self.note(Figure::ExceptionResolution, exception.id.as_str(), outcome);
                }
            }
            match slice.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn has_to_be_resolved(&self, exception: &Exception) -> bool {
        let rule = |code: &str| self.app.law().taxonomy.rule(code).is_ok_and(|rule| rule.action_required);
        exception.state != ExceptionState::Resolved && exception.code != BREACHED && rule(&exception.code)
    }

    fn note(&mut self, figure: Figure, subject: &str, outcome: Result<bool, Error>) {
        match outcome {
            Ok(raised) => self.raised += usize::from(raised),
            Err(error) => {
                tracing::warn!(figure = figure.name(), subject, %error, "a missed target could not be raised yet");
                self.failed = Some(error);
            }
        }
    }
}
