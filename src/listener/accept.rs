//! The door: takes connections in, no more than there is room for, and has each of them served.

use super::{certificates::Certificates, connection, settings::ConnectionSettings};
use crate::{policy::PeerCertificate, spawn::Background};
use axum::Router;
use std::{
    collections::HashMap,
    future::Future,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// What is spoken on a connection.
#[derive(Clone)]
pub enum Transport {
    Plain,
    Tls(Arc<Certificates>),
}

/// Where connections come in.
pub struct Door {
    pub listener: TcpListener,
    pub transport: Transport,
    pub settings: ConnectionSettings,
}

impl Door {
    /// Serves until `stop`; then lets requests under way finish.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let (rooms, connections) = (Rooms::new(&self.settings), Background::default());
        let accepting = async {
            loop {
                let Some((stream, room)) = self.accept(&rooms).await else { continue };
                let (transport, settings, router) = (self.transport.clone(), self.settings, router.clone());
                let stopping = connections.clone();
                connections.spawn(async move {
                    let stop = async move { stopping.stopping().await };
                    welcome(stream, transport, router, settings, stop).await;
                    drop(room);
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop => {}
        }
        drop(self.listener);
        connections.drain().await;
    }

    async fn accept(&self, rooms: &Arc<Rooms>) -> Option<(TcpStream, Room)> {
        match self.listener.accept().await {
            Ok((stream, address)) => {
                let room = rooms.take(address.ip());
                if room.is_none() {
                    metrics::counter!("listener_cut_total", "why" => "too_many").increment(1);
                }
                // Small answers leave at once: a stream's next event must not wait for the last one's acknowledgement.
                drop(stream.set_nodelay(true));
                room.map(|room| (stream, room))
            }
            Err(error) => {
                // Out of file descriptors, most likely: some will come free.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }
}

/// Shakes hands where TLS is spoken, and serves.
async fn welcome(
    stream: TcpStream,
    transport: Transport,
    router: Router,
    settings: ConnectionSettings,
    stop: impl Future<Output = ()>,
) {
    let Transport::Tls(certificates) = transport else {
        return connection::serve(stream, None, router, settings, stop).await;
    };
    let acceptor = TlsAcceptor::from(certificates.in_force());
    match timeout(settings.handshake_within(), acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
            let certificate = shown.map(|leaf| PeerCertificate::of(leaf));
            connection::serve(stream, certificate, router, settings, stop).await;
        }
        Ok(Err(error)) => {
            metrics::counter!("listener_cut_total", "why" => "handshake").increment(1);
            tracing::debug!(%error, "a handshake failed");
        }
        Err(_) => metrics::counter!("listener_cut_total", "why" => "slow_handshake").increment(1),
    }
}

/// Room for so many connections, and for so many of one address.
struct Rooms {
    places: Arc<Semaphore>,
    per_address: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place, until it is dropped.
struct Room {
    rooms: Arc<Rooms>,
    address: IpAddr,
    _place: OwnedSemaphorePermit,
}

impl Rooms {
    fn new(settings: &ConnectionSettings) -> Arc<Self> {
        let per_address = if settings.per_address == 0 { usize::MAX } else { settings.per_address };
        let at_once = settings.at_once.min(Semaphore::MAX_PERMITS);
        Arc::new(Self { places: Arc::new(Semaphore::new(at_once)), per_address, taken: Mutex::default() })
    }

    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Room> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let mut taken = self.taken();
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        metrics::gauge!("listener_connections").increment(1.0);
        Some(Room { rooms: self.clone(), address, _place: place })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut taken = self.rooms.taken();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
        metrics::gauge!("listener_connections").decrement(1.0);
    }
}
