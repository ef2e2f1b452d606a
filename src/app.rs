//! The application: everything a request may reach, put together once at start.

mod above;

use crate::{
    clock::Clock,
    config::Settings,
    contract::{Schemas, Texts},
    docs::Personas,
    overload::Admission,
    policy::{
        DriftLedger, Gate, KeySource, Law, Mistakes, PolicyFiles, Promises, Quotas, Reloads, Taken, Tokens, UsageLedger,
    },
    process::{deliveries::RunsTaken, routes::Tracks, tracking::Followers},
    relay::{Desk, Relay},
    router,
    spawn::Background,
    stack,
    store::{Store, StoreError},
    system::{ConnectorState, Connectors},
};
use arc_swap::ArcSwap;
use axum::Router;
use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// A handle to the application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the application is made of.
pub struct Parts {
    pub settings: Settings,
    pub clock: Clock,
    pub store: Store,
    pub connectors: Connectors,
    /// The relay's own, where it works beside in this process.
    relays: Arc<OnceLock<Connectors>>,
    pub schemas: Arc<Schemas>,
    pub gate: Arc<Gate>,
    /// Takes changed policies.
    pub reloads: Arc<Reloads>,
    /// Room for requests.
    pub admission: Arc<Admission>,
    pub background: Background,
    /// Who follows shipments here.
    pub followers: Followers,
    /// Where the vehicles were last.
    pub tracks: Arc<Tracks>,
    /// The runs whose drivers have read them.
    pub runs_taken: Arc<RunsTaken>,
    /// Whom the reference can be tried as; nobody but in a demo.
    pub personas: Personas,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How often the usage of consumers is written down.
const KEPT_EVERY: Duration = Duration::from_secs(5);

/// Why an application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Settings(String),
    #[error("{0}")]
    Policies(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}", .0.join("\n"))]
    Connectors(Vec<String>),
}

impl StartError {
    fn of_policies(mistakes: Mistakes) -> Self {
        Self::Policies(mistakes.to_string())
    }
}

/// What an application is put together from; tests give their own clock, connectors and key source.
pub struct Start {
    pub settings: Settings,
    pub clock: Clock,
    pub store: Store,
    pub connectors: Connectors,
    pub policies: PolicyFiles,
    pub keys: KeySource,
    pub background: Background,
}

impl App {
    /// Joins contracts and policies and puts everything in its place. Refuses to start where they do not meet.
    /// Where a law would end a contract sooner than its callers were told, it does not start either.
    pub async fn start(start: Start) -> Result<Self, StartError> {
        let Start { settings, clock, store, connectors, policies, keys, background } = start;
        let registry = router::registry();
        let declared = Texts::of(&registry);
        let served = settings.server.regions.clone();
        let law =
            Law::join(registry, &policies).and_then(|law| law.serving(&served)).map_err(StartError::of_policies)?;
        let promises = Promises::remembered(&store).await?;
        promises.keep(&law, clock.now()).map_err(StartError::of_policies)?;
        promises.write(&store).await?;
        let reloads = Arc::new(Reloads::new(declared, served, &policies, clock.now()));
        let schemas = Arc::new(Schemas::default());
        let gate = Arc::new(Gate {
            law: ArcSwap::from_pointee(law),
            tokens: tokens(&settings, &keys),
            quotas: Quotas::open(&settings.quotas).map_err(StartError::Settings)?,
            store: store.clone(),
            clock: clock.clone(),
            keys: Default::default(),
            drift: DriftLedger::new(schemas.clone(), settings.policies.check_answers_one_in),
            usage: UsageLedger::default(),
            promises,
        });
        let followers = Followers::default();
        let parts = Parts {
            admission: Admission::between(
                settings.server.least_concurrency,
                settings.server.concurrency,
                Instant::now(),
            ),
            settings,
            clock,
            store,
            connectors,
            relays: Arc::default(),
            schemas,
            gate,
            reloads,
            background,
            followers,
            tracks: Arc::default(),
            runs_taken: Arc::default(),
            personas: Personas::default(),
        };
        let app = Self(Arc::new(parts));
        app.tend_keys();
        app.tend();
        app.keep_books();
        Ok(app)
    }

    /// The policies in force now.
    pub fn law(&self) -> Arc<Law> {
        self.gate.law.load_full()
    }

    /// Puts these policies in the place of those in force, or says why not: in the log, and in `/readyz`.
    pub fn take_policies(&self, files: Result<PolicyFiles, String>) -> Result<Taken, Mistakes> {
        let taken = self.reloads.take(&self.gate, files, self.clock.now());
        let outcome = match &taken {
            Ok(Taken::Changed) => {
                tracing::info!(in_force = self.reloads.standing().in_force, "changed policies are in force");
                "changed"
            }
            Ok(Taken::Unchanged) => "unchanged",
            Err(mistakes) => {
                tracing::error!(%mistakes, "changed policies are refused; those before stay in force");
                "refused"
            }
        };
        metrics::counter!("policy_reloads_total", "outcome" => outcome).increment(1);
        taken
    }

    /// The API as it is served: every route behind the gate, every layer around it.
    pub fn service(&self) -> Router {
        let operations = stack::governed(router::operations(&self.settings.server.layers), self.gate.clone());
        let routes = operations.merge(router::open()).with_state(self.clone());
        let browsers = Arc::new(self.settings.browsers.clone());
        stack::around(routes, self.gate.clone(), self.admission.clone(), browsers)
    }

    /// A relay over this application's ledger and connectors.
    pub fn relay(&self) -> Relay {
        Relay::new(Desk {
            store: self.store.clone(),
            connectors: self.connectors.clone(),
            clock: self.clock.clone(),
            settings: self.settings.relay.clone(),
            public_url: self.settings.server.public_url.clone(),
            above: Arc::new(self.clone()),
        })
    }

    /// How the systems behind this process are doing: by the API's connectors, and by the relay's where it works here.
    pub fn connector_states(&self) -> Vec<ConnectorState> {
        let relays = self.relays.get().map(Connectors::states).unwrap_or_default();
        self.connectors.states().into_iter().chain(relays).collect()
    }

    /// The same application with other ways to its ledger and its systems: for the relay, whose work must not take the
    /// API's connections.
    pub fn beside(&self, store: Store, connectors: Connectors) -> Self {
        // Set once: a process has one relay.
        drop(self.relays.set(connectors.clone()));
        Self(Arc::new(Parts {
            settings: self.settings.clone(),
            clock: self.clock.clone(),
            store,
            connectors,
            relays: Arc::default(),
            schemas: self.schemas.clone(),
            gate: self.gate.clone(),
            reloads: self.reloads.clone(),
            admission: self.admission.clone(),
            background: self.background.clone(),
            followers: Followers::default(),
            tracks: self.tracks.clone(),
            runs_taken: self.runs_taken.clone(),
            personas: self.personas.clone(),
        }))
    }

    /// Keeps the key sets fresh: they are looked after every second, and fetched when that is due.
    fn tend_keys(&self) {
        let (gate, background) = (self.gate.clone(), self.background.clone());
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.background.spawn(async move {
            loop {
                tokio::select! {
                    () = background.stopping() => return,
                    _ = ticks.tick() => gate.tokens.refresh(gate.clock.now()).await,
                }
            }
        });
    }

    /// Keeps the counters small.
    fn tend(&self) {
        let (gate, background) = (self.gate.clone(), self.background.clone());
        let mut ticks = tokio::time::interval(Duration::from_secs(self.settings.auth.refresh_seconds.max(1)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.background.spawn(async move {
            loop {
                tokio::select! {
                    () = background.stopping() => return,
                    _ = ticks.tick() => {
                        gate.quotas.tidy();
                        crate::telemetry::metrics().run_upkeep();
                    }
                }
            }
        });
    }

    /// Has what was counted written down every few seconds, and once more when the process stops.
    fn keep_books(&self) {
        let (gate, background) = (self.gate.clone(), self.background.clone());
        let mut ticks = tokio::time::interval(KEPT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.background.spawn(async move {
            loop {
                let stopping = tokio::select! {
                    () = background.stopping() => true,
                    _ = ticks.tick() => false,
                };
                if let Err(error) = gate.keep_books().await {
                    tracing::warn!(%error, "what consumers call could not be written down");
                }
                if stopping {
                    return;
                }
            }
        });
    }
}

fn tokens(settings: &Settings, keys: &KeySource) -> Tokens {
    let (auth, public_url) = (&settings.auth, &settings.server.public_url);
    Tokens::new(auth.issuers.clone(), keys, public_url, auth.refresh_seconds)
}
