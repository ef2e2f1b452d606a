//! What needs no token: the documents under `/openapi`, and the pages under `/docs` that explain them.
//!
//! To add a page: a module of `pages/` that gives its title and body, a line in `pages::routes`, and a door to it in
//! `pages/frame.rs`. Pages are strings made on the server, and need nothing from outside.

mod events;
mod kept;
mod pages;
mod personas;
mod shelf;

use crate::{
    app::App,
    contract::{self, Registry},
};
use axum::Router;
use tower_http::compression::CompressionLayer;

pub use events::document as events;
pub use pages::missing_steps;
pub use personas::{Persona, Personas};

/// The documents and their pages.
pub fn routes() -> Router<App> {
    shelf::routes().merge(pages::routes()).layer(CompressionLayer::new())
}

/// Every generated file, by its path under `openapi/`: the contracts, the list of operations, and the milestones.
pub fn written(registry: &Registry) -> Vec<(String, String)> {
    let mut files = contract::written(registry);
    files.push((shelf::EVENTS.into(), contract::yaml(&events())));
    files
}
