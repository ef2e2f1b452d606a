//! `haulgate serve`: the API and the relay, each on its own runtime, until the process is asked to stop.

use super::{Failure, runtime};
use crate::{
    admin,
    app::{App, Start},
    clock::Clock,
    config::Settings,
    policy::PolicyFiles,
    spawn::Background,
    store::Store,
    system::{Connectors, keys::key_source},
    telemetry,
};
use clap::{Args, ValueEnum};
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

#[derive(Debug, Args)]
pub struct Serve {
    /// What this process does.
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

/// The two halves of the gateway, which can run apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answer requests.
    Api,
    /// Deliver effects.
    Relay,
    /// Both, each on its own runtime.
    All,
}

impl Serve {
    pub fn run(&self, settings: Settings) -> Result<(), Failure> {
        telemetry::start_log(&settings.log).map_err(Failure::new)?;
        telemetry::metrics();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        runtime("haulgate-api", cores)?.block_on(async {
            let app = open(settings).await?;
            let bound = bind(&app).await?;
            tracing::info!(api = %bound.0.1, admin = %bound.1.1, role = ?self.role, "ready");
            until_stopped(&app, bound).await
        })
    }
}

/// Opens everything the settings name.
pub async fn open(settings: Settings) -> Result<App, Failure> {
    let clock = Clock::System;
    let store = Store::open(&settings.database, clock.clone()).await.map_err(Failure::new)?;
    store.migrate().await.map_err(Failure::new)?;
    let connectors = Connectors::open(&settings.systems, clock.clone()).map_err(|all| Failure::new(all.join("\n")))?;
    let policies = if settings.policies.directory.as_os_str().is_empty() {
        PolicyFiles::embedded()
    } else {
        PolicyFiles::from_directory(&settings.policies.directory).map_err(Failure::new)?
    };
    let (keys, background) = (key_source(), Background::default());
    App::start(Start { settings, clock, store, connectors, policies, keys, background }).map_err(Failure::new)
}

type Bound = (TcpListener, SocketAddr);

/// The two listeners: the API's, and the one for operators.
pub async fn bind(app: &App) -> Result<(Bound, Bound), Failure> {
    let server = &app.settings.server;
    Ok((listen(server.listen).await?, listen(server.admin_listen).await?))
}

async fn listen(address: SocketAddr) -> Result<Bound, Failure> {
    let failed = |error| Failure::new(format!("{address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Serves until SIGTERM or Ctrl-C; then lets requests and tasks under way finish.
pub async fn until_stopped(
    app: &App,
    bound: ((TcpListener, SocketAddr), (TcpListener, SocketAddr)),
) -> Result<(), Failure> {
    let ((api, _), (admin, _)) = bound;
    let stop = |app: &App| {
        let background = app.background.clone();
        async move { background.stopping().await }
    };
    let background = app.background.clone();
    app.background.spawn(async move {
        asked_to_stop().await;
        background.stop();
    });
    let serving = axum::serve(api, app.service()).with_graceful_shutdown(stop(app));
    let admin = axum::serve(admin, admin::routes(app.clone())).with_graceful_shutdown(stop(app));
    let (served, admin) = tokio::join!(serving, admin);
    served.and(admin).map_err(Failure::new)?;
    let patience = Duration::from_secs(app.settings.server.drain_seconds);
    drop(tokio::time::timeout(patience, app.background.drain()).await);
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// SIGTERM, or Ctrl-C.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate()).expect("the process may watch for SIGTERM");
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
