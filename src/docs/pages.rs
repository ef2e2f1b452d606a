//! The pages under `/docs`: strings made on the server from contracts, policies, catalogue and milestones. They need
//! nothing from outside, and read without their two scripts as well.

mod assets;
mod catalogue;
mod changelog;
mod contract;
mod curl;
mod errors;
mod frame;
mod guides;
mod lifecycle;
mod milestones;
mod quickstart;
mod reference;

use super::kept::Kept;
use crate::{app::App, error::Error};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

/// What a page may load: what this gateway serves, and nothing else. Scripts and styles stand in files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src \
    'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page, before it stands in its frame.
pub struct Page {
    pub title: String,
    pub body: String,
}

/// Every page.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/docs", get(home))
        .route("/docs/", get(async || Redirect::permanent("/docs")))
        .route("/docs/contracts/{layer}/{product}", get(contract_page))
        .route("/docs/reference/{layer}/{product}", get(reference_page))
        .route("/docs/quickstart/{audience}", get(quickstart_page))
        .route("/docs/errors", get(error_list))
        .route("/docs/errors/{code}", get(error_page))
        .route("/docs/lifecycle", get(lifecycle_list))
        .route("/docs/lifecycle/{layer}/{product}", get(lifecycle_page))
        .route("/docs/changelog", get(changelog_page))
        .route("/docs/personas/{name}", get(persona_token))
        .route("/docs/milestones", get(milestone_page))
        .route("/docs/webhooks", get(webhook_page))
        .route("/docs/idempotency", get(idempotency_page))
        .route("/docs/assets/{name}", get(assets::asset))
}

async fn home(State(app): State<App>, asked: HeaderMap) -> Response {
    shown("/docs", Some(catalogue::page(&app)), &asked)
}

async fn contract_page(State(app): State<App>, Path(at): Path<(String, String)>, asked: HeaderMap) -> Response {
    shown("/docs", contract::page(&app, &name(&at)), &asked)
}

async fn reference_page(State(app): State<App>, Path(at): Path<(String, String)>, asked: HeaderMap) -> Response {
    shown("/docs/reference", reference::page(&app, &name(&at)), &asked)
}

async fn quickstart_page(State(app): State<App>, Path(audience): Path<String>, asked: HeaderMap) -> Response {
    shown("/docs/quickstart", quickstart::page(&app, &audience), &asked)
}

async fn error_list(asked: HeaderMap) -> Response {
    shown("/docs/errors", Some(errors::list()), &asked)
}

async fn error_page(Path(code): Path<String>, asked: HeaderMap) -> Response {
    shown("/docs/errors", errors::page(&code), &asked)
}

async fn lifecycle_list(State(app): State<App>, asked: HeaderMap) -> Response {
    shown("/docs/lifecycle", Some(lifecycle::list(&app)), &asked)
}

async fn lifecycle_page(State(app): State<App>, Path(at): Path<(String, String)>, asked: HeaderMap) -> Response {
    shown("/docs/lifecycle", lifecycle::page(&app, &name(&at)), &asked)
}

async fn changelog_page(State(app): State<App>, asked: HeaderMap) -> Response {
    shown("/docs/changelog", Some(changelog::page(&app)), &asked)
}

/// The token of somebody of the demo, for the reference; 404 for everybody where no demo plays.
async fn persona_token(State(app): State<App>, Path(name): Path<String>) -> Response {
    match app.personas.all().iter().find(|one| one.name == name) {
        Some(one) => ([(header::CACHE_CONTROL, "no-store")], one.token.clone()).into_response(),
        None => Error::NotFound("persona").into_response(),
    }
}

async fn milestone_page(asked: HeaderMap) -> Response {
    shown("/docs/milestones", Some(milestones::page()), &asked)
}

async fn webhook_page(asked: HeaderMap) -> Response {
    shown("/docs/webhooks", Some(guides::webhooks()), &asked)
}

async fn idempotency_page(State(app): State<App>, asked: HeaderMap) -> Response {
    shown("/docs/idempotency", Some(guides::idempotency(&app)), &asked)
}

fn name((layer, product): &(String, String)) -> String {
    format!("{layer}/{product}")
}

/// The page in its frame, under the pages' own content security policy.
fn shown(here: &str, page: Option<Page>, asked: &HeaderMap) -> Response {
    let Some(page) = page else { return Error::NotFound("page").into_response() };
    let mut response = Kept::new("text/html; charset=utf-8", frame::framed(here, &page)).answer(asked);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Whether every step of every quickstart names an operation there is.
pub fn missing_steps(registry: &crate::contract::Registry) -> Vec<String> {
    quickstart::missing(registry)
}
