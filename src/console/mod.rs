//! The control tower's page, served from the binary: plain HTML, CSS and modules, no build step and nothing from
//! elsewhere. It holds no data; what it shows it asks of the API, with the token of whoever looks.

use crate::{app::App, body::Path, error::Error};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/console/pages/"]
struct Pages;

/// Only what this binary serves may run, load or be called.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its files.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(async || page("index.html")))
        .route("/console/{file}", get(async |Path(file): Path<String>| page(&file)))
}

fn page(file: &str) -> Response {
    let Some(found) = Pages::get(file) else { return Error::NotFound("page").into_response() };
    let media_type = match file.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (fields, found.data).into_response()
}
