//! Styles and scripts of the pages, and those of the reference where it was built in.

use crate::{docs::kept::Kept, error::Error};
use axum::{
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static STYLE: LazyLock<Kept> = LazyLock::new(|| Kept::new(CSS, include_str!("../assets/pages.css")));
static COPY: LazyLock<Kept> = LazyLock::new(|| Kept::new(SCRIPT, include_str!("../assets/pages.js")));

/// One of them, by name.
pub async fn asset(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let known = match name.as_str() {
        "pages.css" => Some(&*STYLE),
        "pages.js" => Some(&*COPY),
        other => reference(other),
    };
    known.map_or_else(|| Error::NotFound("asset").into_response(), |kept| kept.answer(&asked))
}

#[cfg(feature = "docs-pages")]
fn reference(name: &str) -> Option<&'static Kept> {
    static START: LazyLock<Kept> = LazyLock::new(|| Kept::new(SCRIPT, include_str!("../assets/reference.js")));
    static LOOK: LazyLock<Kept> = LazyLock::new(|| vendored(CSS, "swagger-ui.css"));
    static VIEWER: LazyLock<Kept> = LazyLock::new(|| vendored(SCRIPT, "swagger-ui-bundle.js"));
    match name {
        "reference.js" => Some(&*START),
        "swagger-ui.css" => Some(&*LOOK),
        "swagger-ui-bundle.js" => Some(&*VIEWER),
        _ => None,
    }
}

#[cfg(not(feature = "docs-pages"))]
fn reference(_: &str) -> Option<&'static Kept> {
    None
}

#[cfg(feature = "docs-pages")]
fn vendored(media: &'static str, name: &str) -> Kept {
    let config = std::sync::Arc::new(utoipa_swagger_ui::Config::from("/openapi"));
    let file = utoipa_swagger_ui::serve(name, config).ok().flatten().expect("the viewer is vendored with this file");
    Kept::new(media, file.bytes.into_owned())
}
