//! What the relay works off above itself: tasks whose work is a use case of `process`. Chooses the use case and turns
//! its failures into the relay's words; holds no rule.

use super::App;
use crate::{
    domain::effect::Effect,
    error::Error,
    process::{Case, figures, orders, routes, targets},
    relay::{Above, Chore, Failed, Rulebook},
    store::Origin,
    system::Errand,
};
use async_trait::async_trait;

#[async_trait]
impl Above for App {
    async fn work(&self, effect: &Effect, origin: Origin, errand: Errand) -> Result<(), Failed> {
        let case = Case { origin, errand, once: None };
        work(self, effect, &case).await
    }

    async fn look_after(&self, chore: Chore, origin: Origin, errand: Errand) -> Result<(), Failed> {
        let case = Case { origin, errand, once: None };
        match chore {
            Chore::FetchPositions => drop(routes::fetch_positions(self, &case).await?),
            Chore::ShowFigures => figures::show_figures(self, case.now()).await?,
            Chore::CheckTargets { since } => drop(targets::check_targets(self, &case, since).await?),
        }
        Ok(())
    }

    fn rules(&self) -> Rulebook {
        let law = self.law();
        Rulebook { taxonomy: law.taxonomy.clone(), proof: law.proof.clone() }
    }
}

async fn work(app: &App, effect: &Effect, case: &Case) -> Result<(), Failed> {
    match effect {
        Effect::RecheckOrder { order } => orders::recheck_order(app, order, case).await?,
        Effect::ReleaseLines { batch, first, last } => {
            orders::work_off_lines(app, &batch.as_str().into(), *first, *last, case).await?;
        }
        Effect::SettleRoute { route } => routes::settle_route(app, case, route).await?,
        Effect::ProjectEtas { route } => routes::project_etas(app, case, route).await?,
        other => return Err(Error::Internal(format!("{} is no use case", other.kind())).into()),
    }
    Ok(())
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused.into(),
            Error::NotFound(what) => Self::refused("not_in_the_books", format!("there is no such {what}")),
            Error::Trouble(trouble) => trouble.into(),
            Error::Store(error) => error.into(),
            Error::Contended | Error::Overloaded { .. } | Error::Deadline => Self::Ledger(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}
