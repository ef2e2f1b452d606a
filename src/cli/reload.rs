//! Follows the policies of a process that serves: on SIGHUP, and when the directory they are read from has changed.

use crate::{app::App, policy::Watch};
use std::{future::pending, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Interval, MissedTickBehavior, interval},
};

/// Keeps the law up to date until the process stops. Without a directory the policies are the binary's own, and SIGHUP
/// changes nothing.
pub fn follow_policies(app: &App) {
    let policies = &app.settings.policies;
    let asked = signal(SignalKind::hangup()).expect("the process may watch for SIGHUP");
    let watch = (!policies.directory.as_os_str().is_empty()).then(|| Watch::over(policies.directory.clone()));
    let ticks = (watch.is_some() && policies.look_every_ms > 0).then(|| ticks(policies.look_every_ms));
    app.background.spawn(follow(app.clone(), watch, asked, ticks));
}

fn ticks(milliseconds: u64) -> Interval {
    let mut ticks = interval(Duration::from_millis(milliseconds));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn follow(app: App, mut watch: Option<Watch>, mut asked: Signal, mut ticks: Option<Interval>) {
    loop {
        let read = tokio::select! {
            () = app.background.stopping() => return,
            _ = asked.recv() => {
                if watch.is_none() {
                    tracing::warn!("the policies are those the binary was built with: there is nothing to read again");
                }
                watch.as_mut().map(Watch::read)
            }
            () = tick(&mut ticks) => watch.as_mut().and_then(Watch::changed),
        };
        if let Some(files) = read {
            // Joining is work of some milliseconds, and not on the threads that answer. What came of it is in the log,
            // and in `/readyz`.
            let app = app.clone();
            drop(tokio::task::spawn_blocking(move || app.take_policies(files)).await);
        }
    }
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => pending().await,
    }
}
