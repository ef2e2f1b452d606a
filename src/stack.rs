//! The stack: every layer a request passes before the gate, outermost first, and why it stands there.

mod arriving;
mod entry;
mod origins;

pub use entry::plain_path;
pub use origins::Origins;

use crate::{
    app::App,
    error::{Error, Problem},
    overload::{Admission, Full, Priority},
    policy::{Correlation, Gate, TraceContext, announce, enter},
    telemetry,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use entry::come_in;
use metrics::Label;
use origins::tell_browsers;
use std::{any::Any, sync::Arc};
use tokio::time::Instant;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The operations behind the gate: what is routed here has passed every layer below and the gate.
pub fn governed(operations: Router<App>, gate: Arc<Gate>) -> Router<App> {
    if operations.has_routes() { operations.route_layer(from_fn_with_state(gate, enter)) } else { operations }
}

/// The layers around everything that is served, outermost first. They are one service, so that the router clones and
/// boxes them once a request and not once a layer.
pub fn around(routes: Router, gate: Arc<Gate>, admission: Arc<Admission>, origins: Arc<Origins>) -> Router {
    let layers = ServiceBuilder::new()
        // Names the request: outermost, because everything else speaks of it by name.
        .layer(from_fn(name))
        // One log line and one measurement a request; inside the name, so that both carry it.
        .layer(from_fn(record))
        // Headers that hold for every answer, refusals and panics included.
        .map_response(secure)
        // Who calls what is coming to its end hears of it, however the call goes.
        .layer(from_fn_with_state(gate.clone(), announce))
        // Pages of other origins hear what they may, and preflights are answered without a token.
        .layer(from_fn_with_state((gate.clone(), origins), tell_browsers))
        // A bug in one request must not take the connection down, nor show itself to the caller.
        .layer(CatchPanicLayer::custom(panicked))
        // More than can be served is refused while refusing is still cheap, and what can wait before what cannot.
        .layer(from_fn_with_state((gate, admission), admit))
        // What claims to be somebody is taken off, and a path that could be read in two ways goes no further. What the
        // listener did not pass on is answered here, so that it has a name, a log line and our headers.
        .layer(from_fn(come_in))
        // Bodies are limited by each operation's policy; the framework's own limit would answer in plain text.
        .layer(DefaultBodyLimit::disable());
    routes.fallback(no_route).method_not_allowed_fallback(method_not_allowed).layer(layers)
}

async fn name(mut request: Request, next: Next) -> Response {
    let correlation = correlation(request.headers());
    let id = correlation.id.clone();
    let callers = correlation.callers.clone();
    let trace_id = correlation.trace.trace_id();
    request.extensions_mut().insert(correlation);
    let mut response = telemetry::traced(trace_id, next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if let Some(value) = callers.and_then(|callers| HeaderValue::from_str(&callers).ok()) {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response
}

/// Our own id, always; the caller's beside it where it is fit to be kept.
fn correlation(headers: &HeaderMap) -> Correlation {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let fit = |id: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        (1..=128).contains(&id.len()) && id.bytes().all(plain)
    };
    Correlation {
        id: crate::ids::fresh_token(),
        callers: text(&CORRELATION_ID).filter(fit).map(str::to_owned),
        trace: TraceContext::continue_from(text(&HeaderName::from_static("traceparent"))),
    }
}

async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route: Arc<str> = request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str()).into();
    let named = request.extensions().get::<Correlation>().cloned();
    let response = next.run(request).await;
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    let (id, callers, trace) = named
        .map_or_else(Default::default, |named| (named.id, named.callers.unwrap_or_default(), named.trace.trace_id()));
    let code = response.extensions().get::<Problem>().map(|problem| problem.code.clone()).unwrap_or_default();
    let milliseconds = elapsed.as_secs_f64() * 1000.0;
    if code == "overloaded" {
        // Said now and then by who refuses, and counted below.
        tracing::debug!(%method, %route, "request refused");
    } else {
        tracing::info!(%method, %route, status, code, milliseconds, correlation_id = id, callers_id = callers, trace_id = trace, "request");
    }
    let labels = vec![
        Label::from_static_parts("method", known(&method)),
        Label::new("route", route),
        Label::new("status", response.status().as_str().to_owned()),
    ];
    metrics::histogram!("http_request_duration_seconds", labels).record(elapsed.as_secs_f64());
    response
}

/// The method as a label: what a caller made up must not become a series of its own.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|one| *one == method.as_str()).unwrap_or("other")
}

fn secure(mut response: Response) -> Response {
    let fields = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fields {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Pages and documents are looked at, which can wait.
async fn admit(State((gate, admission)): State<(Arc<Gate>, Arc<Admission>)>, request: Request, next: Next) -> Response {
    let law = gate.law.load_full();
    let path = request.extensions().get::<MatchedPath>();
    let governed = path.and_then(|path| law.governing_request(request.method(), path));
    let priority = governed.map_or(Priority::Polling, |governed| governed.policy.priority);
    let place = match admission.admit(priority) {
        Ok(place) => place,
        Err(Full) => return Error::Overloaded { again: priority.come_back_after() }.into_response(),
    };
    let request = request.map(|body| arriving::on(&place, body));
    let response = place.working(next.run(request)).await;
    if let Some(governed) = governed.filter(|_| response.status().is_success()) {
        place.served(&governed.operation.key);
    }
    response
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::Internal(format!("a panic: {text}")).into_response()
}

async fn no_route() -> Response {
    Error::gate("no_route", "No operation has this path; the contracts are listed under /openapi.").into_response()
}

/// Nothing but `OPTIONS` is left to answer where an operation's methods end; the router names them in `Allow`.
async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Error::gate("method_not_allowed", format!("{method} is not allowed here; Allow names what is.")).into_response()
}
