//! Backoff: when a task is tried again, and when it is given up. Pure: the clock and chance are arguments.

use super::{failed::Failed, settings::RelaySettings};
use crate::{
    domain::effect::Effect,
    store::{Chapter, Task},
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// What becomes of a task that was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Tried again then; the word is the chapter's in its story.
    Again {
        due: Timestamp,
        word: &'static str,
    },
    Dead,
}

/// After a webhook's first try: what is published to those who receive them. 75 hours in all.
const WEBHOOK_PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Judges the attempt that `task` was claimed for. `chance` is between 0 and 1.
pub fn judge(task: &Task, failed: &Failed, settings: &RelaySettings, now: Timestamp, chance: f64) -> Verdict {
    if let Failed::Later { due, .. } = failed {
        let least = now + SignedDuration::from_millis(1);
        return Verdict::Again { due: (*due).max(least), word: "away" };
    }
    if failed.is_final() {
        return Verdict::Dead;
    }
    let life = Life::of(task);
    if matches!(task.effect, Effect::DeliverWebhook { .. }) && !matches!(failed, Failed::Ledger(_)) {
        return webhook(&life, failed, now, chance);
    }
    let (word, failures) = if failed.is_absence() { ("away", life.failures) } else { ("failed", life.failures + 1) };
    let age = now.duration_since(life.began);
    if failures >= settings.attempts as usize || age.unsigned_abs() >= settings.give_up_after() && age.is_positive() {
        return Verdict::Dead;
    }
    let longest = Duration::from_secs(settings.backoff_at_most_seconds);
    let ceiling = doubled(Duration::from_millis(settings.backoff_ms), life.tries).min(longest);
    Verdict::Again { due: after(now, failed.retry_after() + ceiling.mul_f64(chance)), word }
}

/// How often relays have claimed the task and were never heard of again, since its story was last written.
pub fn lost_claims(task: &Task) -> i64 {
    let told = task.story.last().map_or(0, |chapter| chapter.attempt);
    (task.attempts - 1 - told).max(0)
}

/// What has happened to a task since it was made or last replayed.
struct Life {
    began: Timestamp,
    failures: usize,
    tries: usize,
}

impl Life {
    fn of(task: &Task) -> Self {
        let replayed = task.story.iter().rposition(|chapter| chapter.what == "replayed");
        let began = replayed.map_or(task.created, |place| task.story[place].at);
        let since = &task.story[replayed.map_or(0, |place| place + 1)..];
        let count = |words: &[&str]| since.iter().filter(|Chapter { what, .. }| words.contains(&what.as_str())).count();
        Self { began, failures: count(&["failed"]), tries: count(&["failed", "away"]) }
    }
}

/// Every answer but a good one counts, as the schedule promises.
fn webhook(life: &Life, failed: &Failed, now: Timestamp, chance: f64) -> Verdict {
    let Some(pause) = WEBHOOK_PAUSES.get(life.failures).map(|seconds| Duration::from_secs(*seconds)) else {
        return Verdict::Dead;
    };
    let pause = pause.max(failed.retry_after());
    Verdict::Again { due: after(now, pause + pause.mul_f64(0.1 * chance)), word: "failed" }
}

fn doubled(first: Duration, times: usize) -> Duration {
    let times = u32::try_from(times).unwrap_or(u32::MAX);
    first.saturating_mul(2u32.saturating_pow(times.min(31)))
}

/// Never at once, so that working off what is due comes to an end.
fn after(now: Timestamp, pause: Duration) -> Timestamp {
    let pause = pause.clamp(Duration::from_millis(1), Duration::from_secs(7 * 86_400));
    now + SignedDuration::try_from(pause).expect("a week fits")
}
