//! The leaders' figures as Prometheus reads them: of the last day, in all and by region. Every relay shows the same.

use super::{Cases, Measured, sla};
use crate::{app::App, error::Error, policy::Viewer};
use jiff::Timestamp;

/// The window, in hours.
const HOURS: u32 = 24;
/// The region of what is counted everywhere together.
const EVERYWHERE: &str = "all";

/// Shows every figure as it stands now.
pub async fn show_figures(app: &App, now: Timestamp) -> Result<(), Error> {
    let sla = sla(app, &Viewer::haulgate(), now, HOURS).await?;
    for Measured { figure, total, by_region, .. } in &sla.figures {
        show(figure.name(), EVERYWHERE, total);
        by_region.iter().for_each(|(region, cases)| show(figure.name(), region, cases));
    }
    Ok(())
}

fn show(figure: &'static str, region: &str, cases: &Cases) {
    let labels = [("figure", figure.to_owned()), ("region", region.to_owned())];
    metrics::gauge!("haulgate_figure_cases", &labels).set(cases.count as f64);
    if let Some(share) = cases.share {
        metrics::gauge!("haulgate_figure_share", &labels).set(share);
    }
    if let Some(met) = cases.met {
        metrics::gauge!("haulgate_figure_met", &labels).set(f64::from(u8::from(met)));
    }
    for (quantile, seconds) in [("0.5", cases.p50_seconds), ("0.95", cases.p95_seconds)] {
        if let Some(seconds) = seconds {
            let [figure, region] = labels.clone();
            let labels = [figure, region, ("quantile", quantile.to_owned())];
            metrics::gauge!("haulgate_figure_seconds", &labels).set(seconds);
        }
    }
}
