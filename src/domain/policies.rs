//! What the policies of the business must hold beyond their form, so that no decision meets a gap. Each finding is a
//! JSON Pointer (RFC 6901) into the file, and what is wrong there.

use super::{
    exception::Taxonomy,
    proof::{ProofClass, ProofPolicy},
    region::Regions,
    sla::{Figure, SlaTargets, Target},
};
use jiff::tz::TimeZone;

type Mistakes = Vec<(String, String)>;

/// What Haulgate raises by itself: nobody may report it.
const RAISED_BY_HAULGATE: [&str; 8] = [
    "capacity_unassigned",
    "clock_skew",
    "data_mismatch",
    "late_eta_predicted",
    "posting_failed",
    "proof_incomplete",
    "route_deviation",
    "sla_breached",
];

/// What Haulgate concludes from others' reports.
const CONCLUDED: [&str; 2] = ["lost_or_stolen", "outside_window"];

impl Taxonomy {
    /// `policies/exceptions.toml`: every code that the rules speak of is there.
    pub fn mistakes(&self) -> Mistakes {
        let missing = |code: &&str| (!self.0.contains_key(*code)).then(|| at_root(format!("{code} is missing")));
        let mut found: Mistakes = RAISED_BY_HAULGATE.iter().chain(&CONCLUDED).filter_map(missing).collect();
        let reportable = |code: &&str| self.0.get(*code).is_some_and(|rule| !rule.internal);
        let told = |code: &str| (format!("/{code}/internal"), "it is raised by Haulgate itself".to_owned());
        found.extend(RAISED_BY_HAULGATE.into_iter().filter(reportable).map(told));
        found
    }
}

impl ProofPolicy {
    /// `policies/proof.toml`: every class is there.
    pub fn mistakes(&self) -> Mistakes {
        let missing = ProofClass::ALL.iter().filter(|class| !self.classes.contains_key(class));
        missing.map(|class| ("/classes".to_owned(), format!("{} is missing", class.name()))).collect()
    }
}

impl SlaTargets {
    /// `policies/sla.toml`: every figure has the targets it is measured by, and no other.
    pub fn mistakes(&self) -> Mistakes {
        let mut found = Mistakes::new();
        for figure in Figure::ALL {
            match self.figures.get(figure) {
                Some(target) => found.extend(mismeasured(*figure, target)),
                None => found.push(("/figures".into(), format!("{} is missing", figure.name()))),
            }
        }
        found
    }
}

fn mismeasured(figure: Figure, target: &Target) -> Mistakes {
    let (time, share, count) = figure.measured_by();
    let fields = [
        ("within_seconds", time, target.within_seconds.is_some()),
        ("share", share, target.share.is_some()),
        ("at_most", count, target.at_most.is_some()),
    ];
    let at = format!("/figures/{}", figure.name());
    let told = |(field, asked, stands): &(&str, bool, bool)| match (asked, stands) {
        (true, false) => Some((at.clone(), format!("{field} is missing"))),
        (false, true) => Some((format!("{at}/{field}"), "the figure is not measured by it".to_owned())),
        _ => None,
    };
    fields.iter().filter_map(told).collect()
}

impl Regions {
    /// `policies/regions.toml`: every time zone exists, and a region's depot lies in its country.
    pub fn mistakes(&self) -> Mistakes {
        let mut found = Mistakes::new();
        for (id, region) in &self.0 {
            if TimeZone::get(&region.zone).is_err() {
                found.push((format!("/{id}/zone"), format!("there is no time zone {}", region.zone)));
            }
            if region.country != region.base.country {
                found.push((format!("/{id}/base/country"), format!("the region lies in {}", region.country)));
            }
        }
        found
    }
}

fn at_root(what: String) -> (String, String) {
    (String::new(), what)
}
