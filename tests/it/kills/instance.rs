//! The real gateway in a process of its own: started, killed without a word, or asked to stop. Says nothing unless
//! something is wrong.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// A debug build on a busy machine; a healthy start takes well under a second.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

pub struct Instance {
    pub address: String,
    child: Ended,
    said: Said,
}

/// How a process ended that was asked to.
pub struct Settled {
    pub status: ExitStatus,
    pub took: Duration,
    pub said: Vec<String>,
}

type Said = Arc<Mutex<Vec<String>>>;

/// A child that does not outlive the story.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Instance {
    /// Starts it, and waits until it says that it is ready.
    pub async fn start(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haulgate"));
        command.arg("--config").arg(config).args(["serve", "--role", "all"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = Ended(command.spawn().expect("the binary starts"));
        let (said, (ready, becomes_ready)) = (Said::default(), oneshot::channel());
        let (stderr, ears) = (child.0.stderr.take().expect("it is piped"), said.clone());
        std::thread::spawn(move || listen(stderr, ready, &ears));
        match timeout(STARTS_WITHIN, becomes_ready).await {
            Ok(Ok(address)) => Self { address: format!("http://{address}"), child, said },
            _ => panic!("it did not become ready: {:#?}", heard(&said)),
        }
    }

    /// SIGKILL: no handler runs, no buffer is written, no connection is closed politely.
    pub fn kill(self) {
        drop(self.child);
    }

    /// SIGTERM, and the wait for its end.
    pub async fn stop(self) -> Settled {
        let Self { mut child, said, .. } = self;
        let since = Instant::now();
        let asked = Command::new("kill").arg("-TERM").arg(child.0.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()), "the process can be signalled");
        let waited = tokio::task::spawn_blocking(move || child.0.wait()).await;
        let status = waited.expect("waiting does not panic").expect("it is our child");
        Settled { status, took: since.elapsed(), said: heard(&said) }
    }
}

fn heard(said: &Said) -> Vec<String> {
    said.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Hears the address it is ready at, and keeps everything else.
fn listen(stderr: ChildStderr, ready: oneshot::Sender<String>, said: &Said) {
    let mut ready = Some(ready);
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        let address = entry["api"].as_str().filter(|_| entry["message"] == "ready");
        match (address, ready.take()) {
            // Nobody waits for it any more only if the story has failed.
            (Some(address), Some(ready)) => drop(ready.send(address.to_owned())),
            (_, waiting) => {
                ready = waiting;
                said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        }
    }
}
