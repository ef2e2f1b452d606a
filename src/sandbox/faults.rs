//! How a stand-in fails, switched while it runs: by this handle in a test, by the control port in the demo.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The stand-ins, as the control port names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Erp,
    Planner,
    Telematics,
    Warehouse,
    Customers,
    Inbox,
    Receiver,
    Issuer,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Answers as it should, but late.
    Latency { ms: u64 },
    /// Answers nothing but this status.
    Status { status: u16 },
    /// Takes the request and never answers.
    Hang,
    /// Cuts the connection in the middle of the answer.
    Reset,
    /// 503 with Retry-After.
    Maintenance { retry_after_seconds: u64 },
    /// Begins an answer and sends one byte a second.
    Trickle,
    /// 200, JSON by its header, but not by its bytes.
    Garbage,
    /// 200 with a page.
    Html,
    /// 200 with JSON that means something else.
    WrongShape,
    /// 200 with a body that does not end.
    Endless,
    /// Points to another address.
    Redirect { to: String },
    /// Answers questions; does what it is told, but loses the answer to every so-manieth request.
    LostAnswer { every: u64 },
    /// ERP only: every customer's credit is used up.
    OverLimit,
    /// ERP only: nothing is in stock.
    ShortStock,
}

/// What each stand-in does wrong at the moment, and how often each was asked.
#[derive(Clone, Default)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    current: RwLock<BTreeMap<Target, Fault>>,
    asked: [AtomicU64; 8],
}

impl Faults {
    pub fn set(&self, target: Target, fault: Fault) {
        self.inner.current.write().unwrap_or_else(PoisonError::into_inner).insert(target, fault);
    }

    pub fn clear(&self, target: Target) {
        self.inner.current.write().unwrap_or_else(PoisonError::into_inner).remove(&target);
    }

    pub fn get(&self, target: Target) -> Option<Fault> {
        self.inner.current.read().unwrap_or_else(PoisonError::into_inner).get(&target).cloned()
    }

    pub fn all(&self) -> BTreeMap<Target, Fault> {
        self.inner.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests the stand-in has seen, the failed ones with the others.
    pub fn asked(&self, target: Target) -> u64 {
        self.inner.asked[target as usize].load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, target: Target) {
        self.inner.asked[target as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// What a wrong answer says, so that a test can look for it where it must not be.
pub const UPSTREAM_TEXT: &str = "upstream-secret-text";

pub(super) async fn misbehave(faults: Faults, target: Target, request: Request, next: Next) -> Response {
    faults.count(target);
    match faults.get(target) {
        None | Some(Fault::OverLimit | Fault::ShortStock) => next.run(request).await,
        Some(Fault::Latency { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(Fault::LostAnswer { every }) => {
            let is_lost = !request.method().is_safe() && faults.asked(target).is_multiple_of(every);
            let answer = next.run(request).await;
            if is_lost { cut_off() } else { answer }
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Reset) => cut_off(),
        Some(Fault::Status { status }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, UPSTREAM_TEXT).into_response()
        }
        Some(Fault::Maintenance { retry_after_seconds }) => {
            let headers = [(header::RETRY_AFTER, retry_after_seconds.to_string())];
            (StatusCode::SERVICE_UNAVAILABLE, headers, UPSTREAM_TEXT).into_response()
        }
        Some(Fault::Redirect { to }) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Fault::Garbage) => json(Body::from(&b"\x00\xff{\x1b[31m]]"[..])),
        Some(Fault::WrongShape) => json(Body::from(format!("{{\"{UPSTREAM_TEXT}\": [1e999]}}"))),
        Some(Fault::Html) => axum::response::Html(format!("<h1>{UPSTREAM_TEXT}</h1>")).into_response(),
        Some(Fault::Trickle) => json(Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
        }))),
        Some(Fault::Endless) => {
            let chunk = Bytes::from(vec![b' '; 64 << 10]);
            json(Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()))))
        }
    }
}

/// An answer that promises more than it brings.
fn cut_off() -> Response {
    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    json(Body::from_stream(broken))
}

fn json(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
