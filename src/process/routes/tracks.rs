//! Tracks: where each device was last believed to be, and which routes are under way. Kept in memory: a process that
//! starts anew believes the next position it hears. Decides nothing.

use crate::domain::{
    id::RouteId,
    tracking::{Corridor, Doubt, Sighting},
};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::Duration,
};

const MOST_DEVICES: u64 = 100_000;
/// A vehicle that was not heard of for as long starts anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(4 * 3600);
/// How long it may take until the positions of a route just dispatched count.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(5);

/// The way of one device.
#[derive(Clone, Copy, Debug, Default)]
pub struct Track {
    pub last: Option<Sighting>,
    /// What came since and was not believed.
    pub doubt: Doubt,
    pub corridor: Corridor,
}

/// Which device is under way on which route.
pub type UnderWay = Arc<HashMap<String, RouteId>>;

/// The tracks of this process.
#[derive(Debug)]
pub struct Tracks {
    devices: Cache<String, Track>,
    under_way: RwLock<Option<(Timestamp, UnderWay)>>,
}

impl Default for Tracks {
    fn default() -> Self {
        let devices = Cache::builder().max_capacity(MOST_DEVICES).time_to_idle(FORGOTTEN_AFTER).build();
        Self { devices, under_way: RwLock::default() }
    }
}

impl Tracks {
    pub fn of(&self, device: &str) -> Track {
        self.devices.get(device).unwrap_or_default()
    }

    pub fn keep(&self, device: &str, track: Track) {
        self.devices.insert(device.to_owned(), track);
    }

    /// Which devices are under way, if that was looked up lately.
    pub fn under_way(&self, now: Timestamp) -> Option<UnderWay> {
        let known = self.under_way.read().expect("no holder of this lock panics");
        let (as_of, under_way) = known.as_ref()?;
        (now.duration_since(*as_of).abs() < KNOWN_FOR).then(|| under_way.clone())
    }

    pub fn keep_under_way(&self, now: Timestamp, under_way: UnderWay) {
        *self.under_way.write().expect("no holder of this lock panics") = Some((now, under_way));
    }
}
