//! Residency: the regions whose data this deployment may hold. What belongs to another is not worked on here, and whoever
//! asks for it is told where to go (RFC 9110 §15.5.20).

use super::reader::Mistakes;
use crate::{
    domain::region::Regions,
    error::{Error, Pointed},
};
use std::collections::{BTreeMap, BTreeSet};

/// Which regions are served here, and where the others are.
#[derive(Clone, Debug, Default)]
pub struct Residency {
    /// The regions served here, where those are not all there are.
    served: Option<BTreeSet<String>>,
    /// The regions of other deployments, each with its address.
    elsewhere: BTreeMap<String, String>,
}

impl Residency {
    /// A deployment that serves these regions; with none named it serves all there are.
    pub fn of(served: &BTreeSet<String>, regions: &Regions) -> Result<Self, Mistakes> {
        let unknown = served.iter().filter(|region| !regions.0.contains_key(*region));
        let wrong: Vec<_> =
            unknown.map(|region| format!("server.regions: policies/regions.toml has no region {region}")).collect();
        if !wrong.is_empty() {
            return Err(Mistakes(wrong));
        }
        let others = regions.0.iter().filter(|(id, _)| !served.is_empty() && !served.contains(*id));
        let named = (!served.is_empty()).then(|| served.clone());
        Ok(Self { served: named, elsewhere: others.map(|(id, region)| (id.clone(), region.address.clone())).collect() })
    }

    /// Whether it is served here.
    pub fn serves(&self, region: &str) -> bool {
        !self.elsewhere.contains_key(region)
    }

    /// Sends whoever asks for what belongs to this region to the deployment that serves it.
    pub fn keep(&self, region: &str) -> Result<(), Error> {
        self.elsewhere.get(region).map_or(Ok(()), |address| Err(misdirected(region, address)))
    }

    /// The same for somebody who is bound to these regions, where not one of them is served here. Empty is everywhere.
    pub fn meet(&self, bound: &BTreeSet<String>) -> Result<(), Error> {
        match bound.first() {
            Some(first) if !bound.iter().any(|region| self.serves(region)) => self.keep(first),
            _ => Ok(()),
        }
    }

    /// The regions served here; none where all are.
    pub fn served(&self) -> Option<&BTreeSet<String>> {
        self.served.as_ref()
    }
}

fn misdirected(region: &str, address: &str) -> Error {
    let detail = format!("What belongs to {region} is served at {address}.");
    let errors = vec![Pointed::new(&format!("#region/{region}"), address)];
    Error::Invalid { code: "misdirected", detail, errors }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Law, PolicyFiles};

    fn named(regions: &[&str]) -> BTreeSet<String> {
        regions.iter().map(ToString::to_string).collect()
    }

    fn serving(regions: &[&str]) -> Result<Residency, Mistakes> {
        let law = Law::join(crate::router::registry(), &PolicyFiles::embedded()).expect("they meet");
        Residency::of(&named(regions), &law.regions)
    }

    #[test]
    fn with_no_region_named_all_are_served() {
        let residency = serving(&[]).expect("nothing is wrong");
        assert!(residency.serves("reg_north") && residency.keep("reg_south").is_ok());
        assert!(residency.meet(&named(&["reg_south"])).is_ok());
    }

    #[test]
    fn what_is_served_elsewhere_is_refused_with_its_address() {
        let residency = serving(&["reg_north", "reg_east"]).expect("both are there");
        let refused = residency.keep("reg_south").expect_err("it is served elsewhere").problem();
        assert_eq!((refused.code.as_str(), refused.status), ("misdirected", 421));
        assert_eq!(refused.errors[0].detail, "https://south.haulgate.example");
        assert!(residency.meet(&named(&["reg_south"])).is_err());
        assert!(residency.meet(&named(&["reg_north", "reg_south"])).is_ok() && residency.meet(&named(&[])).is_ok());
    }

    #[test]
    fn a_region_that_there_is_not_is_a_mistake() {
        let Mistakes(wrong) = serving(&["reg_west"]).expect_err("there is no such region");
        assert_eq!(wrong, ["server.regions: policies/regions.toml has no region reg_west"]);
    }
}
