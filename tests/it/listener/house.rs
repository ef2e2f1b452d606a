//! A door with something behind it, and what is said over a connection, byte for byte.

use crate::{databases::Database, gateway::Gateway};
use axum::Router;
use haulgate::{
    config::Settings,
    listener::{ConnectionSettings, Door, Transport},
    policy::PolicyFiles,
    spawn::Background,
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

/// Longer than anything here takes; a story that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A door that is open.
pub struct House {
    pub address: SocketAddr,
    stop: Background,
    serving: JoinHandle<()>,
}

impl House {
    pub async fn open(router: Router, transport: Transport, set: impl FnOnce(&mut ConnectionSettings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let mut settings = Settings::read(None, std::iter::empty()).expect("the defaults are valid").server.connections;
        set(&mut settings);
        let (door, stop) = (Door { listener, transport, settings }, Background::default());
        let stopping = stop.clone();
        let serving =
            Background::default().spawn(async move { door.serve(router, async { stopping.stopping().await }).await });
        Self { address, stop, serving }
    }

    pub async fn plain(router: Router) -> Self {
        Self::open(router, Transport::Plain, |_| {}).await
    }

    pub async fn connect(&self) -> Wire<TcpStream> {
        Wire(TcpStream::connect(self.address).await.expect("somebody listens"))
    }

    /// Asks it to stop; it has to when what is under way is over.
    pub async fn stop(self) {
        self.stop.stop();
        timeout(PATIENCE, self.serving).await.expect("it stops").expect("it does not panic");
    }
}

/// A gateway for stories in which the database plays no part.
pub async fn gateway() -> Gateway {
    gateway_with(PolicyFiles::embedded()).await
}

pub async fn gateway_with(policies: PolicyFiles) -> Gateway {
    Gateway::start_with(Database::sqlite(), policies, |_| {}).await
}

/// A connection, as a peer sees it.
pub struct Wire<S>(pub S);

/// One answer.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Heard {
    pub fn problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        assert!(self.head.contains("x-request-id: "), "{self:?}");
        let problem: serde_json::Value = serde_json::from_str(&self.body).expect("a problem is JSON");
        assert_eq!(problem["code"], code, "{self:?}");
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub async fn say(&mut self, text: impl AsRef<[u8]>) {
        // A peer that was refused may already be talking to nobody.
        drop(self.0.write_all(text.as_ref()).await);
    }

    pub async fn ask(&mut self, text: impl AsRef<[u8]>) -> Heard {
        self.say(text).await;
        self.hear().await
    }

    pub async fn get(&mut self, path: &str, token: &str) -> Heard {
        self.ask(format!("GET {path} HTTP/1.1\r\nhost: haulgate\r\nauthorization: Bearer {token}\r\n\r\n")).await
    }

    /// The next answer.
    pub async fn hear(&mut self) -> Heard {
        self.next().await.expect("an answer comes whole")
    }

    /// The next answer, or how the connection ended before it was whole.
    pub async fn next(&mut self) -> io::Result<Heard> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, self.0.read_u8()).await.expect("an answer comes")?);
        }
        let head = String::from_utf8(head).expect("a head is text");
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        let length =
            fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, value)| value).next();
        let length = length.map_or(0, |text| text.parse::<usize>().expect("a length is a number"));
        let mut body = vec![0; length];
        timeout(PATIENCE, self.0.read_exact(&mut body)).await.expect("the body comes")?;
        let status = head[9..12].parse().expect("a status is a number");
        Ok(Heard { status, head, body: String::from_utf8(body).expect("a body is text") })
    }

    /// Everything until the other side ends the connection.
    pub async fn hear_all(&mut self) -> String {
        let mut all = Vec::new();
        let ended = timeout(PATIENCE, self.0.read_to_end(&mut all)).await.expect("the connection ends");
        drop(ended);
        String::from_utf8_lossy(&all).into_owned()
    }
}
