//! Dates as TOML writes them: instants with their offset. Anything else is a mistake of the file.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};
use toml::value::Datetime;

/// Such as `2027-06-30T23:59:59Z`.
pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let written = Datetime::deserialize(from)?.to_string();
    written.parse().map(Some).map_err(|_| D::Error::custom(format!("{written} is no instant: give time and offset")))
}
