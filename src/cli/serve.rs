//! `haulgate serve`: the API and the relay, each on its own runtime, until the process is asked to stop.

use super::{
    Failure,
    relay_thread::{RelayThread, drain},
    reload, runtime,
};
use crate::{
    admin,
    app::{App, Start},
    clock::Clock,
    config::{ServerSettings, Settings},
    listener::{Certificates, Door, Transport},
    policy::PolicyFiles,
    spawn::Background,
    store::Store,
    system::{By, Connectors, keys::key_source},
    telemetry,
};
use clap::{Args, ValueEnum};
use secrecy::ExposeSecret;
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
        warn_of_placeholders(&settings);
        open_as_many_files_as_may_be();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        match self.role {
            Role::Api | Role::All => runtime("haulgate-api", cores)?.block_on(self.answer(settings)),
            Role::Relay => runtime("haulgate-relay", cores)?.block_on(deliver(settings)),
        }
    }

    /// Answers requests, with or without a relay beside it.
    async fn answer(&self, settings: Settings) -> Result<(), Failure> {
        let app = open(settings, Clock::System, By::Api).await?;
        reload::follow_policies(&app);
        let bound = bind(&app).await?;
        let relay = if self.role == Role::All { Some(RelayThread::start(&app).await?) } else { None };
        tracing::info!(api = %bound.0.1, admin = %bound.1.1, role = ?self.role, "ready");
        until_stopped(&app, bound, relay).await
    }
}

/// Each connection is an open file, and the limit that is in force at first is often 1,024.
fn open_as_many_files_as_may_be() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// The default file's secrets are known to everybody.
fn warn_of_placeholders(settings: &Settings) {
    let (systems, database) = (&settings.systems, &settings.database);
    let known = [
        ("systems.proofs.link_secret", systems.proofs.link_secret.expose_secret().starts_with("change-me")),
        ("database.sealing_keys", database.sealing_keys.iter().any(|key| key.expose_secret().starts_with("change-me"))),
        ("systems.webhooks.secret", systems.webhooks.secret.expose_secret().starts_with("whsec_Y2hhbmdlLW1l")),
    ];
    for (setting, _) in known.iter().filter(|(_, placeholder)| *placeholder) {
        tracing::warn!(setting, "the default secret is in force; everybody knows it");
    }
}

/// Delivers effects and answers operators, nobody else.
async fn deliver(mut settings: Settings) -> Result<(), Failure> {
    settings.database = settings.database.uncached();
    let app = open(settings, Clock::System, By::Relay).await?;
    reload::follow_policies(&app);
    let (admin, address) = listen(app.settings.server.admin_listen).await?;
    stop_when_asked(&app);
    let (relay, background, drain) = (app.relay(), app.background.clone(), drain(&app));
    let working = app.background.spawn(async move { relay.run(background, drain).await });
    tracing::info!(admin = %address, role = "relay", "ready");
    let stopping = app.background.clone();
    let stop = async move { stopping.stopping().await };
    operators_door(admin, &app).serve(admin::routes(app.clone()), stop).await;
    drop(working.await);
    end(&app).await;
    Ok(())
}

/// Opens everything the settings name.
pub async fn open(settings: Settings, clock: Clock, by: By) -> Result<App, Failure> {
    let store = Store::open(&settings.database, clock.clone()).await.map_err(Failure::new)?;
    store.migrate().await.map_err(Failure::new)?;
    let connectors =
        Connectors::open(&settings.systems, by.at(clock.clone())).map_err(|all| Failure::new(all.join("\n")))?;
    let policies = if settings.policies.directory.as_os_str().is_empty() {
        PolicyFiles::embedded()
    } else {
        PolicyFiles::from_directory(&settings.policies.directory).map_err(Failure::new)?
    };
    let (keys, background) = (key_source(), Background::default());
    App::start(Start { settings, clock, store, connectors, policies, keys, background }).await.map_err(Failure::new)
}

pub type Bound = (TcpListener, SocketAddr);

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

/// The API's door: over TLS where a certificate is named.
async fn door(listener: TcpListener, app: &App) -> Result<Door, Failure> {
    let ServerSettings { tls, connections, .. } = &app.settings.server;
    let transport = if tls.is_on() {
        let certificates = Certificates::open(tls.clone()).await.map_err(Failure::new)?;
        certificates.watch(&app.background);
        Transport::Tls(certificates)
    } else {
        Transport::Plain
    };
    Ok(Door { listener, transport, settings: *connections })
}

/// The operators' door: plain, as it is reached from where the gateway runs only.
fn operators_door(listener: TcpListener, app: &App) -> Door {
    Door { listener, transport: Transport::Plain, settings: app.settings.server.connections }
}

/// Serves until SIGTERM or Ctrl-C; then lets requests and tasks under way finish.
pub async fn until_stopped(app: &App, bound: (Bound, Bound), relay: Option<RelayThread>) -> Result<(), Failure> {
    let ((api, _), (admin, _)) = bound;
    let stop = |app: &App| {
        let background = app.background.clone();
        async move { background.stopping().await }
    };
    stop_when_asked(app);
    let serving = door(api, app).await?.serve(app.service(), stop(app));
    let admin = operators_door(admin, app).serve(admin::routes(app.clone()), stop(app));
    let patience = Duration::from_secs(app.settings.server.drain_seconds);
    tokio::select! {
        _ = async { tokio::join!(serving, admin) } => {}
        // A stream that is followed has no end of its own.
        () = async { stop(app).await; tokio::time::sleep(patience).await } => {}
    }
    if let Some(relay) = relay {
        relay.join().await;
    }
    end(app).await;
    Ok(())
}

/// Waits for background work, and closes the ledger.
async fn end(app: &App) {
    let patience = Duration::from_secs(app.settings.server.drain_seconds);
    drop(tokio::time::timeout(patience, app.background.drain()).await);
    app.store.close().await;
    tracing::info!("stopped");
}

fn stop_when_asked(app: &App) {
    let background = app.background.clone();
    app.background.spawn(async move {
        tokio::select! {
            () = asked_to_stop() => background.stop(),
            () = background.stopping() => {}
        }
    });
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
