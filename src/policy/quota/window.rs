//! Windows: so many requests in so many seconds, and how a request stands with one.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};
use utoipa::ToSchema;

/// Limits by name, such as `burst` and `sustained`.
pub type Quota = BTreeMap<String, Limit>;

/// `policies/quotas.toml`: the quotas that operations name.
pub type QuotaFile = BTreeMap<String, Quota>;

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    #[schema(value_type = u32, minimum = 1)]
    pub requests: NonZeroU32,
    #[schema(value_type = u32, minimum = 1)]
    pub seconds: NonZeroU32,
    /// Counted and told to operators, but never refused by: for trying a quota out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<bool>,
}

/// A limit as the `RateLimit` fields name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub name: String,
    pub limit: Limit,
}

/// The windows of a quota, each under the name this gives it.
pub fn windows(quota: &Quota, named: impl Fn(&str) -> String) -> Vec<Window> {
    quota.iter().map(|(name, limit)| Window { name: named(name), limit: *limit }).collect()
}

impl Limit {
    pub fn is_shadow(self) -> bool {
        self.shadow == Some(true)
    }

    /// How long until one more request fits, once the window is used up.
    pub fn every(self) -> Duration {
        Duration::from_secs(self.seconds.get().into()) / self.requests.get()
    }

    /// What each of so many gateways may admit by itself: rounded up, so that none is shut.
    pub fn share(self, gateways: NonZeroU32) -> Self {
        let share = self.requests.get().div_ceil(gateways.get());
        Self { requests: NonZeroU32::new(share).unwrap_or(NonZeroU32::MIN), ..self }
    }

    /// Seconds until the window is whole again, when so many requests remain of it.
    pub fn whole_in(self, remaining: u32) -> u64 {
        let missing = u64::from(self.requests.get().saturating_sub(remaining));
        (missing * u64::from(self.seconds.get())).div_ceil(u64::from(self.requests.get()))
    }
}

/// A window to be counted in, and whose it is.
#[derive(Clone, Debug)]
pub struct Counter<'a> {
    pub window: &'a Window,
    /// The consumer, or the consumer and the operation or person.
    pub key: String,
}

/// How a request stands with one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub remaining: u32,
    /// Seconds until the window is whole again, or, where it is exceeded, until the next request fits.
    pub seconds: u64,
    pub exceeded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(requests: u32, seconds: u32) -> Limit {
        let number = |number| NonZeroU32::new(number).expect("a positive number");
        Limit { requests: number(requests), seconds: number(seconds), shadow: None }
    }

    #[test]
    fn shares_add_up_to_the_whole_and_at_most_one_more_for_each_gateway() {
        for (requests, gateways) in [(1, 3), (2, 3), (3, 3), (10, 3), (1200, 7)] {
            let share = limit(requests, 60).share(NonZeroU32::new(gateways).expect("positive")).requests.get();
            assert!(share * gateways >= requests && share * gateways < requests + gateways, "{requests} {gateways}");
        }
    }

    #[test]
    fn a_window_is_whole_again_when_what_was_used_has_come_back() {
        assert_eq!(limit(100, 60).whole_in(100), 0);
        assert_eq!(limit(100, 60).whole_in(99), 1);
        assert_eq!(limit(100, 60).whole_in(0), 60);
    }
}
