//! One connection, from its first request to its end.

use super::{
    activity::{Activity, Tired},
    requests::Requests,
    settings::ConnectionSettings,
    socket::Socket,
};
use crate::policy::PeerCertificate;
use axum::Router;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{future::Future, pin::pin, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

/// What a connection holds of a request that has not been read yet.
const READ_AHEAD: usize = 64 * 1024;
/// Bytes of one answer that wait for an HTTP/2 peer.
const SEND_AHEAD: usize = 256 * 1024;
/// Streams that a peer opens and resets at once, before it is taken for an attack (CVE-2023-44487).
const RESETS: usize = 20;
/// Streams we reset for its mistakes, before the same.
const MISTAKES: usize = 64;
/// How often a silent HTTP/2 peer is asked whether it is there, and how long the answer may take.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// Serves one connection until it ends, or until `stop` and what is under way is over.
pub async fn serve<S>(
    stream: S,
    certificate: Option<PeerCertificate>,
    router: Router,
    settings: ConnectionSettings,
    stop: impl Future<Output = ()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::begin();
    let io = TokioIo::new(Socket::new(stream, &settings, activity.clone()));
    let requests = Requests::new(router, settings, activity.clone(), certificate);
    let service = service_fn(move |request| requests.clone().answer(request));
    let builder = builder(&settings);
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stop = pin!(stop);
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => return note(ended),
            () = stop.as_mut(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            tired = activity.tired(settings.idle(), settings.read_within()) => match tired {
                Tired::Idle => {
                    connection.as_mut().graceful_shutdown();
                    return drop(timeout(settings.read_within(), connection).await);
                }
                Tired::Stalled => {
                    metrics::counter!("listener_cut_total", "why" => "slow_reader").increment(1);
                    return;
                }
            }
        }
    }
}

/// A peer that goes away, or is cut, is none of the operators' business.
fn note(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn builder(settings: &ConnectionSettings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Heads have come in time and in form before they get here (`socket.rs`).
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(READ_AHEAD.max(settings.head_bytes));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.streams)
        .max_header_list_size(u32::try_from(settings.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(MISTAKES)
        .max_send_buf_size(SEND_AHEAD)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN);
    builder
}
