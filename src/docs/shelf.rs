//! The shelf: every published document under `/openapi`, written out once, on first use; anew for new policies.

use super::{events, kept::Kept};
use crate::{
    app::App,
    contract::{self, Contract, Registry},
    error::Error,
};
use arc_swap::ArcSwapOption;
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// The milestones' document, under `openapi/`.
pub const EVENTS: &str = "events.v1.yaml";
const YAML: &str = "application/yaml";
const JSON: &str = "application/json";

type Lazy = LazyLock<Kept, Box<dyn FnOnce() -> Kept + Send>>;

/// Documents by their path under `/openapi/`; the empty path is the list of them.
struct Shelf(BTreeMap<String, Lazy>);

/// The shelf of the contracts in force; other contracts get a new one.
#[derive(Clone, Default)]
struct Library(Arc<ArcSwapOption<(Arc<Registry>, Shelf)>>);

/// `/openapi` and everything under it.
pub fn routes() -> Router<App> {
    let library = Library::default();
    let (one, other) = (library.clone(), library);
    Router::new()
        .route("/openapi", get(async move |State(app): State<App>, asked: HeaderMap| one.answer(&app, "", &asked)))
        .route(
            "/openapi/{*name}",
            get(async move |State(app): State<App>, Path(name): Path<String>, asked: HeaderMap| {
                other.answer(&app, &name, &asked)
            }),
        )
}

impl Library {
    fn answer(&self, app: &App, name: &str, asked: &HeaderMap) -> Response {
        let registry = app.law().registry.clone();
        if let Some(kept) = &*self.0.load()
            && Arc::ptr_eq(&kept.0, &registry)
        {
            return kept.1.answer(name, asked);
        }
        let fresh = Arc::new((registry.clone(), Shelf::of(&registry)));
        self.0.store(Some(fresh.clone()));
        fresh.1.answer(name, asked)
    }
}

impl Shelf {
    fn of(registry: &Arc<Registry>) -> Self {
        let mut shelf = Self(BTreeMap::new());
        for contract in &registry.contracts {
            let (one, other) = (contract.clone(), contract.clone());
            shelf.put(format!("{}.yaml", contract.name()), move || yaml(&one.document));
            shelf.put(format!("{}.json", contract.name()), move || json(&other.document));
        }
        shelf.put(EVENTS.into(), || yaml(&events::document()));
        shelf.put(EVENTS.replace(".yaml", ".json"), || json(&events::document()));
        let (one, other) = (registry.clone(), registry.clone());
        shelf.put("operations.txt".into(), move || Kept::new("text/plain; charset=utf-8", contract::operations(&one)));
        shelf.put(String::new(), move || json(&catalogue(&other)));
        shelf
    }

    fn put(&mut self, name: String, make: impl FnOnce() -> Kept + Send + 'static) {
        self.0.insert(name, LazyLock::new(Box::new(make)));
    }

    fn answer(&self, name: &str, asked: &HeaderMap) -> Response {
        match self.0.get(name) {
            Some(kept) => kept.answer(asked),
            None => Error::NotFound("document").into_response(),
        }
    }
}

fn yaml(document: &Value) -> Kept {
    Kept::new(YAML, contract::yaml(document))
}

fn json(document: &Value) -> Kept {
    Kept::new(JSON, serde_json::to_vec(document).expect("a document is plain data"))
}

fn catalogue(registry: &Registry) -> Value {
    let contracts: Vec<_> = registry.contracts.iter().map(|contract| entry(contract)).collect();
    json!({
        "contracts": contracts,
        "events": format!("/openapi/{EVENTS}"),
        "operations": "/openapi/operations.txt",
        "pages": "/docs",
    })
}

fn entry(contract: &Contract) -> Value {
    let name = contract.name();
    json!({
        "name": name,
        "title": contract.title(),
        "document": format!("/openapi/{name}.yaml"),
        "json": format!("/openapi/{name}.json"),
        "page": format!("/docs/contracts/{name}"),
        "operations": contract.operations.len(),
        "sha256": contract.hash,
    })
}
