//! The relay beside the API in one process: its own thread, its own runtime, its own ways to the other systems, so that
//! posting a backlog and confirming deliveries never compete.

use super::{Failure, runtime};
use crate::{
    app::App,
    store::Store,
    system::{By, Connectors},
};
use std::{thread::JoinHandle, time::Duration};
use tokio::sync::oneshot;

/// A relay at work; it stops when the application's background is asked to.
pub struct RelayThread(JoinHandle<()>);

/// Worker threads of its runtime: it waits for other systems most of the time.
const THREADS: usize = 2;

impl RelayThread {
    /// Starts it; an error if it cannot open what it needs.
    pub async fn start(app: &App) -> Result<Self, Failure> {
        let (api, (opened, opening)) = (app.clone(), oneshot::channel());
        let work = move || {
            let outcome = runtime("haulgate-relay", THREADS).map(|runtime| runtime.block_on(work(&api, opened)));
            if let Err(failure) = outcome {
                tracing::error!(why = failure.message, "no relay");
            }
        };
        let named = std::thread::Builder::new().name("haulgate-relay".to_owned());
        let thread = named.spawn(work).map_err(|error| Failure::new(format!("no thread for the relay: {error}")))?;
        let died = |_| Failure::new("the relay ended before it began");
        opening.await.map_err(died)?.map_err(Failure::new)?;
        Ok(Self(thread))
    }

    /// Waits until it has given back or finished what it had.
    pub async fn join(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the relay ended in a panic");
        }
    }
}

/// How long a stopping relay waits for deliveries: a part of the process's patience is for giving back the rest.
pub fn drain(app: &App) -> Duration {
    Duration::from_secs(app.settings.server.drain_seconds).mul_f64(0.7)
}

async fn work(api: &App, opened: oneshot::Sender<Result<(), String>>) {
    let app = match beside(api).await {
        Ok(app) => app,
        // Nobody waits for the answer only if the process is gone already.
        Err(why) => return drop(opened.send(Err(why))),
    };
    let _ = opened.send(Ok(()));
    app.relay().woken_by(&api.store).run(app.background.clone(), drain(&app)).await;
    if !app.settings.database.is_embedded() {
        app.store.close().await;
    }
}

/// The application with the relay's own connectors and, on PostgreSQL, its own ledger handle: pools and lane, no cache.
/// SQLite has one writer whatever we do: two handles would only wait for each other's locks, busily and unfairly, while
/// one handle queues everyone's commits and shares them. Its channels do not mind which runtime asks.
async fn beside(api: &App) -> Result<App, String> {
    let connectors =
        Connectors::open(&api.settings.systems, By::Relay.at(api.clock.clone())).map_err(|all| all.join("\n"))?;
    let store = match api.settings.database.is_embedded() {
        true => api.store.clone(),
        false => {
            let settings = api.settings.database.uncached();
            Store::open(&settings, api.clock.clone()).await.map_err(|error| error.to_string())?
        }
    };
    Ok(api.beside(store, connectors))
}
