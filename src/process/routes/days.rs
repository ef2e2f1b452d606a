//! Days: when a civil day begins and ends where a region is.

use crate::{
    domain::{id::RegionId, region::Regions, time::Window},
    error::Error,
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};

/// The span of a region's day, by the region's own clock.
pub(super) fn day_of(regions: &Regions, region: &RegionId, day: Date) -> Result<Window, Error> {
    let unfit = |why: String| Error::Internal(format!("region {region}, day {day}: {why}"));
    let rule = regions.get(region).ok_or_else(|| unknown_region(region))?;
    let zone = TimeZone::get(&rule.zone).map_err(|error| unfit(error.to_string()))?;
    let next = day.checked_add(1.day()).map_err(|error| unfit(error.to_string()))?;
    let begin = |date: Date| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    let (from, until) = (begin(day), begin(next));
    match (from, until) {
        (Ok(from), Ok(until)) => Ok(Window { from, until }),
        (Err(error), _) | (_, Err(error)) => Err(unfit(error.to_string())),
    }
}

/// No policy knows the region, or it is not the caller's.
pub(super) fn unknown_region(region: &RegionId) -> Error {
    Error::Refused(
        crate::domain::refused::Refused::new("unknown_region", format!("there is no region {region}")).at("/region"),
    )
}
