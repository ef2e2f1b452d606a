//! Access to resources: whose, where, and by whom driven. Another party's resource looks like one that does not exist.

use super::{call::Call, consumer::Audience};
use crate::error::Error;
use std::collections::BTreeSet;

/// What a caller may see, for decisions on one resource and for lists alike.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Only this party's.
    pub party: Option<String>,
    /// Only these regions; empty means all.
    pub regions: BTreeSet<String>,
    /// Only this driver's.
    pub driver: Option<String>,
}

impl Viewer {
    /// What this call's caller may see.
    pub fn of(call: &Call) -> Self {
        let entry = &call.consumer().entry;
        let party = match entry.audience {
            // A partner that names no party sees nobody's.
            Audience::Partner => Some(call.claims().party.clone().or(entry.party.clone()).unwrap_or_default()),
            _ => None,
        };
        let driver = match entry.audience {
            Audience::Driver => Some(call.claims().driver.clone().unwrap_or_default()),
            _ => None,
        };
        // The gate has let nobody in whose token leaves no region.
        let regions = call.claims().regions_of(&entry.regions).unwrap_or_else(|| BTreeSet::from([String::new()]));
        Self { party, regions, driver }
    }

    pub fn sees(&self, party: Option<&str>, region: &str) -> bool {
        let whose = self.party.as_deref().is_none_or(|own| party == Some(own));
        whose && (self.regions.is_empty() || self.regions.contains(region))
    }

    /// Passes on what may be seen; everything else does not exist.
    pub fn shown<T>(
        &self,
        what: &'static str,
        found: Option<T>,
        of: impl Fn(&T) -> (Option<&str>, &str),
    ) -> Result<T, Error> {
        found
            .filter(|found| {
                let (party, region) = of(found);
                self.sees(party, region)
            })
            .ok_or(Error::NotFound(what))
    }

    /// The driver who asks; only drivers' apps have one.
    pub fn driving(&self) -> Result<&str, Error> {
        self.driver
            .as_deref()
            .filter(|driver| !driver.is_empty())
            .ok_or_else(|| Error::gate("access_denied", "The token names no driver."))
    }
}
