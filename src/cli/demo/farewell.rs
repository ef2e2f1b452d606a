//! What the demo leaves behind: the account of the day, where to look on, and tokens to try the API with.

use super::{cast::Cast, closing::Account, onlookers, progress::Progress, stage::Stage, usual_directory, voice::Voice};
use crate::{cli::words::many, sandbox::Sandbox};
use jiff::Timestamp;
use std::{path::Path, sync::atomic::Ordering, time::Duration};

/// Where every order ended, and what the day put up with.
pub fn account(voice: &Voice, account: &Account, progress: &Progress, sandbox: &Sandbox, took: Duration) {
    let Account { released, posted, held, excepted, cancelled, unaccounted, doubled } = account;
    let sign = if account.balances() { "=" } else { "≠" };
    let counts = progress.counts();
    let (told, again) = onlookers::told(sandbox);
    voice.say(format_args!("\nWhat became of the day ({:.0} s)\n", took.as_secs_f64()));
    voice.say(format_args!(
        "  released {released} {sign} posted {posted} + held {held} + excepted {excepted} + cancelled {cancelled}"
    ));
    voice.say(format_args!(
        "  {} went offline, {} came twice; posted or invoiced twice: {}",
        many(counts.offline.load(Ordering::Relaxed), "phone"),
        many(counts.duplicates.load(Ordering::Relaxed), "message"),
        doubled.len()
    ));
    voice.say(format_args!(
        "  acme's webhook was told of {}, signed; {again} of them more than once\n",
        many(told, "milestone")
    ));
    for order in unaccounted.iter().chain(doubled) {
        voice.say(format_args!("  ! {order}"));
    }
}

/// The pages, the tokens, and a first thing to try.
pub async fn doors(
    voice: &Voice,
    stage: &Stage,
    cast: &Cast<'_>,
    now: Timestamp,
    directory: &Path,
) -> Result<(), String> {
    let (base, admin) = (&stage.base, stage.admin);
    let (program, kept_in) = called(directory);
    voice.say(format_args!("  control tower    {base}/console/#token={}", cast.control_room.token()));
    voice.say(format_args!("  developer pages  {base}/docs"));
    voice.say(format_args!("  operators        http://{admin}/readyz and http://{admin}/metrics\n"));
    voice.say(format_args!("A token per persona, for `Authorization: Bearer …` (`{program} token` makes more):\n"));
    let run = onlookers::run(cast).await?;
    let driver = run.as_ref().map_or("drv_001", |(driver, _)| driver);
    let personas = cast.personas(now, driver);
    for one in &personas {
        voice.say(format_args!("  {:<15} {}", one.name, one.token));
    }
    stage.app.personas.introduce(personas);
    if let Some((driver, day)) = &run {
        voice.say(format_args!("\nWhat does {driver} have to do?\n"));
        voice.say(format_args!(
            "  curl -H \"Authorization: Bearer $({program} token driver-app --driver {driver}{kept_in})\" \\"
        ));
        voice.say(format_args!("    {base}/experience/driver/v1/run?day={day}"));
    }
    if let Some(shipment) = onlookers::shipment(cast).await? {
        voice.say("\nWhere is acme's shipment?\n");
        voice.say(format_args!("  curl -H \"Authorization: Bearer $({program} token partner-acme{kept_in})\" \\"));
        voice.say(format_args!("    {base}/experience/partner/v2/shipments/{shipment}\n"));
    }
    Ok(())
}

/// How this program was called, and what `token` has to be told where the demo keeps its key elsewhere than usual.
fn called(directory: &Path) -> (String, String) {
    let usual = directory == usual_directory();
    let kept_in = if usual { String::new() } else { format!(" --directory {}", directory.display()) };
    (std::env::args().next().unwrap_or_else(|| "haulgate".to_owned()), kept_in)
}
