//! Dates as TOML writes them: instants with their offset, and days. Anything else is a mistake of the file.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, de::Error};
use toml::value::Datetime;
use utoipa::ToSchema;

/// Such as `2027-06-30T23:59:59Z`.
pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let written = Datetime::deserialize(from)?.to_string();
    written.parse().map(Some).map_err(|_| D::Error::custom(format!("{written} is no instant: give time and offset")))
}

/// Such as `2026-11-24`; as an instant, its beginning in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = Date)]
pub struct Day(pub Date);

impl Day {
    /// Whether it begins before this instant.
    pub fn is_before(self, instant: Timestamp) -> bool {
        self.0.to_zoned(jiff::tz::TimeZone::UTC).is_ok_and(|begin| begin.timestamp() < instant)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Datetime::deserialize(from)?;
        let day = (written.time.is_none() && written.offset.is_none()).then(|| written.to_string().parse().ok());
        day.flatten().map(Self).ok_or_else(|| D::Error::custom(format!("{written} is no day, such as 2026-11-24")))
    }
}
