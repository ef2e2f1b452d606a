//! Tables and entities: what is kept as a document with columns to find it by. Holds no SQL.

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{ops::Deref, sync::Arc};

macro_rules! tables {
    ($($name:ident = $text:literal,)*) => {
        /// Every table of entities. Rows of a batch are written in this order, in every process, so that two never
        /// wait for each other in a circle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($name,)* }

        impl Table {
            pub const ALL: &[Table] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

tables! {
    Order = "customer_order",
    Shipment = "shipment",
    Route = "route",
    Stop = "stop",
    Exception = "exception",
    Proof = "proof",
    Batch = "release_batch",
    BatchLine = "batch_line",
    Webhook = "webhook",
    Preference = "preference",
    Master = "master",
}

impl Table {
    /// Whether the read cache may know that a row is not there: where most rows never are and every confirmation asks.
    /// Never of what decisions begin with: an order must be found the moment it is there, wherever it was made.
    pub(super) fn is_absence_known(self) -> bool {
        matches!(self, Self::Webhook | Self::Preference | Self::Proof)
    }
}

/// What the ledger keeps: a document with an id, and the columns it is found by.
pub trait Entity: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    const TABLE: Table;

    fn id(&self) -> &str;

    fn columns(&self) -> Columns;
}

/// What an entity is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub region: Option<String>,
    pub party: Option<String>,
    pub status: String,
    /// What it is a part of: a shipment's order, a stop's route, a line's batch, a route's carrier's business.
    pub belongs_to: Option<String>,
    /// What or who carries it: a shipment's route, a route's or a stop's driver.
    pub carried_by: Option<String>,
    /// When it should be over.
    pub due: Option<Timestamp>,
}

impl Columns {
    /// Each with its name.
    fn named(&self) -> [(&'static str, Cell<'_>); 6] {
        [
            ("region", Cell::Text(self.region.as_deref())),
            ("party", Cell::Text(self.party.as_deref())),
            ("status", Cell::Text(Some(&self.status))),
            ("belongs_to", Cell::Text(self.belongs_to.as_deref())),
            ("carried_by", Cell::Text(self.carried_by.as_deref())),
            ("due", Cell::Instant(self.due)),
        ]
    }

    /// The names of those that are not what they were; all, where nobody knows what they were.
    pub(super) fn differing(&self, before: Option<&Self>) -> Vec<&'static str> {
        let before = before.map(Self::named);
        let differs = |place: usize, cell: &Cell<'_>| before.as_ref().is_none_or(|before| before[place].1 != *cell);
        let named = self.named().into_iter().enumerate();
        named.filter(|(place, (_, cell))| differs(*place, cell)).map(|(_, (name, _))| name).collect()
    }
}

#[derive(PartialEq)]
enum Cell<'c> {
    Text(Option<&'c str>),
    Instant(Option<Timestamp>),
}

/// How an entity stood, for whoever does not keep what it was: its version, and its columns where they are known.
#[derive(Clone, Debug)]
pub struct Stood {
    pub version: i64,
    pub(super) columns: Option<Columns>,
}

impl From<i64> for Stood {
    fn from(version: i64) -> Self {
        Self { version, columns: None }
    }
}

impl<E: Entity> Loaded<E> {
    pub fn stood(&self) -> Stood {
        Stood { version: self.version, columns: Some(self.state.columns()) }
    }
}

/// An entity as it stood at `version`.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<E> {
    pub version: i64,
    pub state: E,
}

impl<E> Deref for Loaded<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.state
    }
}

/// An entity as it stood at `version`, shared with the cache: for reading, not for deciding.
#[derive(Clone, Debug)]
pub struct Shared<E> {
    pub version: i64,
    pub state: Arc<E>,
}

impl<E> Deref for Shared<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;

    #[test]
    fn only_what_is_not_what_it_was_differs() {
        let due = |second: i64| jiff::Timestamp::from_second(second).ok();
        let of = |status: &str, carried_by: Option<&str>, second: i64| Columns {
            status: status.to_owned(),
            carried_by: carried_by.map(str::to_owned),
            due: due(second),
            ..Columns::default()
        };
        let before = of("planned", None, 1);
        let differing = |after: Columns| after.differing(Some(&before));
        assert!(differing(before.clone()).is_empty());
        assert_eq!(differing(of("arrived", None, 1)), ["status"]);
        assert_eq!(differing(of("planned", Some("drv_ana"), 2)), ["carried_by", "due"]);
        let all = ["region", "party", "status", "belongs_to", "carried_by", "due"];
        assert_eq!(before.differing(None), all, "nobody knows what it was");
    }
}
