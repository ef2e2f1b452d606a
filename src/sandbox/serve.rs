//! Puts a stand-in's routes on a loopback port, with its faults in front.

use super::{
    KEY,
    faults::{Faults, Target, misbehave},
};
use crate::spawn::Background;
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    response::{Html, IntoResponse, Response},
};
use std::{io, net::Ipv4Addr};
use tokio::net::TcpListener;

/// Answers the stand-in's address.
pub async fn with_faults(
    background: &Background,
    routes: Router,
    faults: &Faults,
    target: Target,
) -> io::Result<String> {
    let faults = faults.clone();
    let layer = from_fn(move |request, next| misbehave(faults.clone(), target, request, next));
    on_port(background, routes.layer(layer), 0).await
}

pub async fn on_port(background: &Background, routes: Router, port: u16) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let stopping = background.clone();
    background.spawn(async move {
        tokio::select! {
            _ = axum::serve(listener, routes) => {}
            () = stopping.stopping() => {}
        }
    });
    Ok(format!("http://{address}"))
}

/// Lets nobody in without the sandbox's key, and answers as real servers do: with a page.
pub fn only_with_key(routes: Router) -> Router {
    routes.layer(from_fn(async |request: Request, next: Next| {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match given.and_then(|value| value.strip_prefix("Bearer ")) {
            Some(KEY) => next.run(request).await,
            _ => page(StatusCode::UNAUTHORIZED),
        }
    }))
}

/// An error as a page, the way werkzeug and Jetty write them.
pub fn page(status: StatusCode) -> Response {
    (status, Html(format!("<!doctype html>\n<title>{status}</title>\n<h1>{status}</h1>"))).into_response()
}
