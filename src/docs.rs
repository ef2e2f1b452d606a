//! What needs no token: the documents under `/openapi`, and the pages under `/docs` that render them.

use crate::{app::App, error::Error};
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

/// The documents and their pages.
pub fn routes() -> Router<App> {
    Router::new().route("/openapi", get(catalogue)).route("/openapi/{*name}", get(document))
}

async fn catalogue(State(app): State<App>) -> Json<Value> {
    let contracts = app.registry.contracts.iter().map(|contract| {
        json!({"name": contract.name(), "document": format!("/openapi/{}.yaml", contract.name()), "sha256": contract.hash})
    });
    Json(json!({"contracts": contracts.collect::<Vec<_>>()}))
}

async fn document(State(app): State<App>, axum::extract::Path(name): axum::extract::Path<String>) -> Response {
    let (stem, form) = name.rsplit_once('.').filter(|(_, form)| ["json", "yaml"].contains(form)).unwrap_or((&name, ""));
    let Some(contract) = app.registry.contract(stem) else {
        return Error::NotFound("contract").into_response();
    };
    match form {
        "json" => Json(contract.document.as_ref()).into_response(),
        "yaml" => match serde_yaml_ng::to_string(contract.document.as_ref()) {
            Ok(text) => ([(header::CONTENT_TYPE, "application/yaml")], text).into_response(),
            Err(error) => Error::Internal(error.to_string()).into_response(),
        },
        _ => Error::NotFound("contract").into_response(),
    }
}
