//! Upkeep: what has to be looked after from time to time although no commit asks for it. The relay knows when; what is
//! done is a use case above it. Nothing here is a task: a round that fails is made good by the next one.

use super::{Desk, Failed, Relay};
use crate::{
    ids,
    spawn::Background,
    store::{ContractStamp, Origin},
    system::Errand,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Something to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Ask telematics where the vehicles under way are.
    FetchPositions,
    /// Hold the cases that may have missed their targets since then against them.
    CheckTargets { since: Timestamp },
    /// Show the leaders' figures to whoever scrapes the metrics.
    ShowFigures,
}

/// How far back targets are checked by a relay that has just started, and at most.
const LONGEST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// What was decided before a check may be committed after it.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

impl Chore {
    /// The operation that the audit names.
    pub fn name(self) -> &'static str {
        match self {
            Self::FetchPositions => "fetch_positions",
            Self::CheckTargets { .. } => "check_targets",
            Self::ShowFigures => "show_figures",
        }
    }
}

impl Relay {
    /// Looks after this once.
    pub async fn look_after(&self, chore: Chore) -> Result<(), Failed> {
        let origin = self.desk.origin_of(chore);
        let time = self.desk.settings.deliver_within();
        let errand = Errand::within(time, origin.correlation_id.clone(), origin.traceparent.clone());
        self.desk.above.look_after(chore, origin, errand).await
    }

    /// Looks after everything from time to time, each at its own pace: telematics that hangs delays no check.
    pub(super) fn keep_up(&self, background: &Background) {
        let settings = &self.desk.settings;
        self.repeat(background, settings.positions_every_seconds, |_, _| Chore::FetchPositions);
        self.repeat(background, settings.targets_every_seconds, |last, now| {
            let longest = now - LONGEST_LOOK_BACK;
            Chore::CheckTargets { since: last.map_or(longest, |last| (last - OVERLAP).max(longest)) }
        });
        self.repeat(background, settings.figures_every_seconds, |_, _| Chore::ShowFigures);
    }

    fn repeat(&self, background: &Background, seconds: u64, chore: fn(Option<Timestamp>, Timestamp) -> Chore) {
        if seconds == 0 {
            return;
        }
        let (relay, stop) = (self.clone(), background.clone());
        background.spawn(async move {
            tokio::select! {
                () = stop.stopping() => {}
                () = relay.rounds(Duration::from_secs(seconds), chore) => {}
            }
        });
    }

    /// Never ends. A round that is broken off has committed whole changes or none.
    async fn rounds(&self, every: Duration, chore: fn(Option<Timestamp>, Timestamp) -> Chore) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            ticks.tick().await;
            let now = self.desk.clock.now();
            let chore = chore(last, now);
            match self.look_after(chore).await {
                Ok(()) => last = Some(now),
                Err(failed) => tracing::info!(chore = chore.name(), %failed, "looked after in the next round"),
            }
        }
    }
}

impl Desk {
    /// A round has nobody who asked for it: it begins a trace of its own.
    fn origin_of(&self, chore: Chore) -> Origin {
        let trace = ids::fresh_token();
        Origin {
            traceparent: format!("00-{trace}-{}-01", &ids::fresh_token()[16..]),
            correlation_id: trace,
            actor: "haulgate/relay".to_owned(),
            consumer: "haulgate".to_owned(),
            operation: chore.name().to_owned(),
            contract: ContractStamp::default(),
            now: self.clock.now(),
            region: None,
            verdict: None,
        }
    }
}
