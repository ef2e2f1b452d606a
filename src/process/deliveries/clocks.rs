//! Devices whose clocks are off: the control room learns of each once a day. What such a device tells is taken in all
//! the same, its times as far as they can be.

use super::{quarantine::home_of, told::Reporter};
use crate::{
    app::App,
    domain::{
        decision::Follows,
        exception::{Exception, Raise, raise},
        id::ExceptionId,
        time::Moment,
    },
    error::Error,
    ids::sha256,
    process::{Case, decide},
    reply::empty,
};
use jiff::tz::TimeZone;

/// What a device whose clock is off is an exception of.
const CLOCK_SKEW: &str = "clock_skew";

/// Raises it if the device's clock is off by more than the policy allows. A device without a name is its driver's.
/// Never fails what the device had to tell.
pub async fn note_skew(app: &App, case: &Case, reporter: &Reporter, device: Option<&str>, skew_seconds: i64) {
    if skew_seconds.unsigned_abs() <= u64::from(app.law().sla.devices.clock_skew_seconds) {
        return;
    }
    metrics::counter!("haulgate_device_clocks_off_total").increment(1);
    if let Err(error) = note(app, case, reporter, device, skew_seconds).await {
        tracing::info!(%error, skew_seconds, "a device's clock is off, and nobody was told");
    }
}

async fn note(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    device: Option<&str>,
    skew_seconds: i64,
) -> Result<(), Error> {
    let owner = reporter.driver.as_ref().map_or(reporter.by.as_str(), |driver| driver.as_str());
    let device = device.unwrap_or(owner);
    let day = case.now().to_zoned(TimeZone::UTC).date();
    let id = ExceptionId::from_token(&format!("{}.{day}.{CLOCK_SKEW}", &sha256(device.as_bytes())[..24]));
    if app.store.load::<Exception>(id.as_str()).await?.is_some() {
        return Ok(());
    }
    let (region, route) = home_of(app, reporter, &app.law()).await?;
    let direction = if skew_seconds > 0 { "ahead" } else { "behind" };
    let note = format!("the clock of device {device} is {} seconds {direction}", skew_seconds.unsigned_abs());
    let at = Moment { occurred_at: case.now(), recorded_at: case.now(), inferred: false };
    let about = Raise { route, note: Some(note), ..Raise::new(id, CLOCK_SKEW, region, reporter.by.clone(), at) };
    let exception = raise(&app.law().taxonomy, about)?;
    // It has no key of its own: its id says that it is the same.
    let case = Case { once: None, ..case.clone() };
    let attempt = || async {
        let mut change = case.change_in(&exception.region);
        let follows = Follows { raises: vec![exception.clone()], ..Follows::default() };
        app.store.follow(&mut change, follows).await?;
        Ok((change, ()))
    };
    decide(&app.store, &case, |()| empty(204), attempt).await.map(drop)
}
