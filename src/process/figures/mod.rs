//! What leaders measure, held against the targets of `policies/sla.toml`: by region, carrier and customer segment.

mod gauges;
mod sums;

pub use gauges::show_figures;
pub use sums::{Cases, Point};

use crate::{
    app::App,
    domain::{
        id::{CarrierId, RegionId},
        sla::{Figure, Target},
        text::Name,
    },
    error::Error,
    policy::Viewer,
    store::{MOST_SAMPLES, Sample, Span},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::collections::BTreeMap;
use sums::{cases, series};
use utoipa::ToSchema;

/// Figures asked for at once: whoever looks at all of them must not take every reader of the database.
const AT_ONCE: usize = 2;

/// The longest window, in hours.
pub const LONGEST_HOURS: u32 = 24 * 31;

/// Every figure over a window.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sla {
    pub from: Timestamp,
    pub until: Timestamp,
    #[schema(max_items = 50)]
    pub figures: Vec<Measured>,
}

/// One figure over the window.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Measured {
    pub figure: Figure,
    pub kind: FigureKind,
    /// As `policies/sla.toml` states it.
    pub target: Option<Target>,
    pub total: Cases,
    #[schema(value_type = BTreeMap<RegionId, Cases>)]
    pub by_region: BTreeMap<String, Cases>,
    #[schema(value_type = BTreeMap<CarrierId, Cases>)]
    pub by_carrier: BTreeMap<String, Cases>,
    #[schema(value_type = BTreeMap<Name, Cases>)]
    pub by_segment: BTreeMap<String, Cases>,
    /// The window in equal parts, oldest first.
    #[schema(max_items = 1000)]
    pub series: Vec<Point>,
    /// There were more cases than are looked at; the newest count.
    pub capped: bool,
}

/// What a figure's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// How long cases took, in seconds.
    Duration,
    /// The share of cases that made it.
    Share,
    /// How many cases there were.
    Count,
}

impl FigureKind {
    fn of(figure: Figure) -> Self {
        match figure {
            Figure::RoutePublicationSuccess | Figure::ProofCompletion | Figure::TraceCompleteness => Self::Share,
            Figure::FailedSync => Self::Count,
            _ => Self::Duration,
        }
    }
}

/// Every figure of the last `hours`, of what the viewer may see.
pub async fn sla(app: &App, viewer: &Viewer, now: Timestamp, hours: u32) -> Result<Sla, Error> {
    if !(1..=LONGEST_HOURS).contains(&hours) {
        return Err(Error::invalid("malformed_parameter", format!("hours lies between 1 and {LONGEST_HOURS}.")));
    }
    let (from, law) = (now - i64::from(hours).hours(), app.law());
    let regions: Vec<String> = viewer.regions().into_iter().flatten().cloned().collect();
    // Up to now and including it.
    let span = Span { from, until: now + 1.microsecond(), regions: &regions };
    let measure = async |figure: &Figure| {
        let samples = app.store.samples(*figure, &span).await?;
        Ok::<_, Error>(measured(*figure, law.sla.figures.get(figure).copied(), &samples, from, now))
    };
    let figures = stream::iter(Figure::ALL).map(measure).buffered(AT_ONCE).try_collect().await?;
    Ok(Sla { from, until: now, figures })
}

fn measured(figure: Figure, target: Option<Target>, samples: &[Sample], from: Timestamp, until: Timestamp) -> Measured {
    let kind = FigureKind::of(figure);
    let days = until.duration_since(from).as_secs_f64() / 86_400.0;
    let by = |name: fn(&Sample) -> &Option<String>| {
        let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for sample in samples {
            if let Some(name) = name(sample) {
                groups.entry(name.clone()).or_default().push(sample.value);
            }
        }
        groups.into_iter().map(|(name, values)| (name, cases(kind, target, values, days))).collect()
    };
    Measured {
        figure,
        kind,
        target,
        total: cases(kind, target, samples.iter().map(|sample| sample.value).collect(), days),
        by_region: by(|sample| &sample.region),
        by_carrier: by(|sample| &sample.carrier),
        by_segment: by(|sample| &sample.segment),
        series: series(kind, samples, from, until),
        capped: samples.len() == MOST_SAMPLES as usize,
    }
}
