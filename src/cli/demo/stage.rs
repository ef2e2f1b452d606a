//! The stage: the sandbox, and a gateway on SQLite with its relay, as `serve` runs them, on a clock whose day passes in
//! a minute.

use super::world::World;
use crate::{
    app::App,
    cli::{Failure, relay_thread::RelayThread, serve},
    clock::Clock,
    config::Settings,
    domain::customer::Preferences,
    sandbox::{Sandbox, SandboxOptions},
    spawn::Background,
    system::{By, settings::Solver},
};
use std::{net::SocketAddr, path::Path};
use tokio::task::JoinHandle;

/// Everything that runs while the demo is played.
pub struct Stage {
    pub sandbox: Sandbox,
    pub app: App,
    pub base: String,
    pub admin: SocketAddr,
    serving: JoinHandle<Result<(), Failure>>,
}

impl Stage {
    /// Sets it all up in a directory of its own; what an earlier demo left there is swept away.
    pub async fn set(directory: &Path, port: u16, policies: Option<&Path>, clock: &Clock) -> Result<Self, Failure> {
        drop(std::fs::remove_dir_all(directory));
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
        let options = SandboxOptions {
            clock: clock.clone(),
            solver: Solver::Embedded,
            ..SandboxOptions::in_directory(directory.join("sandbox"))
        };
        let sandbox = Sandbox::start(options).await.map_err(|error| Failure::new(format!("the sandbox: {error}")))?;
        let mut settings = settings(directory, port, &sandbox)?;
        settings.policies.directory = policies.map(Path::to_path_buf).unwrap_or_default();
        let app = serve::open(settings, clock.clone(), By::Api).await?;
        let bound = serve::bind(&app).await?;
        let (base, admin) = (format!("http://{}", bound.0.1), bound.1.1);
        let relay = RelayThread::start(&app).await?;
        let background = Background::default();
        let serving = background.spawn({
            let app = app.clone();
            async move { serve::until_stopped(&app, bound, Some(relay)).await }
        });
        Ok(Self { sandbox, app, base, admin, serving })
    }

    /// Until Ctrl-C.
    pub async fn until_stopped(self) -> Result<(), Failure> {
        self.serving.await.map_err(Failure::new)?
    }

    /// Asks everything to stop, and waits for it.
    pub async fn stop(self) -> Result<(), Failure> {
        self.app.background.stop();
        self.until_stopped().await
    }

    /// Whoever was over its limit has paid, in the ERP's own books.
    pub fn pay(&self, world: &World) {
        for party in world.parties.iter().filter(|party| party.credit_limit.is_some()) {
            self.sandbox.erp.add_party(&party.id, party.name, None, 0);
        }
    }

    /// Tells the systems behind the gateway of the day's customers, stock and orders.
    pub fn furnish(&self, world: &World) {
        for party in &world.parties {
            self.sandbox.erp.add_party(&party.id, party.name, party.credit_limit, party.owed);
            self.sandbox.customers.prefer(&party.id, party.preferences.clone().unwrap_or_else(Preferences::default));
        }
        for (item, _) in &world.items {
            self.sandbox.erp.add_product(item, f64::from(world.wanted(item)) * 2.0);
        }
        for order in &world.orders {
            self.sandbox.erp.add_order(order);
            if !world.short.contains(&order.number) {
                let lines: Vec<_> = order.lines.iter().map(|line| (line.line, line.quantity)).collect();
                self.sandbox.warehouse.picked(&order.number, &lines);
            }
        }
    }
}

/// The defaults, with the sandbox behind them and everything measured in the demo's fast hours.
fn settings(directory: &Path, port: u16, sandbox: &Sandbox) -> Result<Settings, Failure> {
    let mut settings = Settings::read(None, std::iter::empty())?;
    let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
    settings.server.listen = local(port);
    settings.server.admin_listen = local(if port == 0 { 0 } else { port + 1 });
    settings.server.public_url = format!("http://127.0.0.1:{port}");
    settings.database.url = format!("sqlite:{}", directory.join("haulgate.db").display()).into();
    settings.systems = sandbox.settings.clone();
    settings.auth.issuers[0].issuer = sandbox.issuer.url().to_owned();
    settings.auth.issuers[0].jwks_url = sandbox.issuer.jwks_url();
    // Leases are kept by the demo's clock, on which a second of ours is many minutes.
    settings.relay.lease_seconds = 24 * 3600;
    Ok(settings)
}
