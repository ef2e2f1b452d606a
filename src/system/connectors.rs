//! All connectors, opened once from the settings and shared by everyone who calls out.

use super::{
    caller::Caller,
    customers::{Customers, gateway::CustomerGateway},
    erp::{Erp, tryton::Tryton},
    figures::ConnectorState,
    planner::Planner,
    proofs::{Proofs, store::ProofStore},
    settings::{PlannerSettings, Solver, SystemSettings},
    telematics::{Telematics, traccar::Traccar},
    warehouse::{Warehouse, stock::StockRoom},
    webhooks::{Webhooks, sender::WebhookSender},
};
use std::sync::Arc;

/// One of each. Cheap to clone.
#[derive(Clone)]
pub struct Connectors {
    pub erp: Arc<dyn Erp>,
    pub planner: Arc<dyn Planner>,
    pub proofs: Arc<dyn Proofs>,
    pub warehouse: Arc<dyn Warehouse>,
    pub telematics: Arc<dyn Telematics>,
    pub customers: Arc<dyn Customers>,
    pub webhooks: Arc<dyn Webhooks>,
}

impl Connectors {
    /// Opens every connector, or lists everything that is wrong with the settings. Calls nobody yet.
    pub fn open(settings: &SystemSettings, caller: Caller) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let webhooks = keep(&mut mistakes, WebhookSender::open(&settings.webhooks, caller.clone())).map(Arc::new);
        let erp = keep(&mut mistakes, Tryton::open(&settings.erp, caller.clone()));
        let planner = keep(&mut mistakes, open_planner(&settings.planner, caller.clone()));
        let proofs = keep(&mut mistakes, ProofStore::open(&settings.proofs, caller.clone()));
        let warehouse = keep(&mut mistakes, StockRoom::open(&settings.warehouse, caller.clone()));
        let telematics = keep(&mut mistakes, Traccar::open(&settings.telematics, caller.clone()));
        let customers = webhooks.clone().and_then(|webhooks| {
            let secret = settings.webhooks.secret.clone();
            keep(&mut mistakes, CustomerGateway::open(&settings.customers, webhooks, secret, caller))
        });
        match (erp, planner, proofs, warehouse, telematics, customers, webhooks) {
            (
                Some(erp),
                Some(planner),
                Some(proofs),
                Some(warehouse),
                Some(telematics),
                Some(customers),
                Some(webhooks),
            ) => Ok(Self {
                erp: Arc::new(erp),
                planner,
                proofs: Arc::new(proofs),
                warehouse: Arc::new(warehouse),
                telematics: Arc::new(telematics),
                customers: Arc::new(customers),
                webhooks,
            }),
            _ => Err(mistakes),
        }
    }

    /// How each is doing, for the control tower.
    pub fn states(&self) -> Vec<ConnectorState> {
        let mut states = vec![
            self.erp.state(),
            self.planner.state(),
            self.proofs.state(),
            self.warehouse.state(),
            self.telematics.state(),
        ];
        states.extend(self.customers.states());
        states.extend(self.webhooks.states());
        states
    }
}

fn keep<T>(mistakes: &mut Vec<String>, opened: Result<T, String>) -> Option<T> {
    opened.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn open_planner(settings: &PlannerSettings, caller: Caller) -> Result<Arc<dyn Planner>, String> {
    match settings.solver {
        Solver::Vroom => Ok(Arc::new(super::planner::vroom::Vroom::open(settings, caller)?)),
        #[cfg(feature = "solver")]
        Solver::Embedded => Ok(Arc::new(super::planner::embedded::Embedded::open(settings, caller)?)),
        #[cfg(not(feature = "solver"))]
        Solver::Embedded => Err("planner: this binary was built without the embedded solver".to_owned()),
    }
}
