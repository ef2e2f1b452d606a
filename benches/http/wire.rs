//! The load: HTTP/1.1 over kept-alive connections by hand, because a real client costs more than what it measures.
//! One thread, one task a connection, requests that are written beforehand.

use futures_util::future::join_all;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is asked: each request once, or the same one until an instant.
pub enum Requests {
    Each(Vec<Vec<u8>>),
    Until(Vec<u8>, Instant),
}

/// How it went.
pub struct Run {
    took: Duration,
    /// Of this process, the load with what it is laid upon; a PostgreSQL server's own is not among it.
    cores: Duration,
    times: Vec<Duration>,
}

impl Run {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }

    /// What the cores did for one request, in milliseconds: other work on the machine does not change it much.
    pub fn cores_each(&self) -> f64 {
        self.cores.as_secs_f64() * 1_000.0 / self.times.len() as f64
    }

    /// The time that this share of the requests stayed below.
    pub fn milliseconds(&self, share: f64) -> f64 {
        self.times[((self.times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0
    }
}

/// An answer, with the head as it came.
pub struct Heard {
    pub status: u16,
    pub head: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    /// Bytes of head and body.
    pub fn length(&self) -> usize {
        17 + self.head.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() + 2 + self.body.len()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }
}

/// Runs the load on a thread of its own and waits for it.
pub async fn load(address: SocketAddr, clients: usize, requests: Requests, expected: u16) -> Run {
    let running = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(all(address, clients, Arc::new(requests), expected))
    };
    let thread = std::thread::Builder::new().name("load".to_owned()).spawn(running).expect("a thread");
    tokio::task::spawn_blocking(|| thread.join()).await.expect("it is waited for").expect("every answer was expected")
}

async fn all(address: SocketAddr, clients: usize, requests: Arc<Requests>, expected: u16) -> Run {
    let connections = join_all((0..clients).map(|_| Connection::open(address))).await;
    let (next, since, before) = (Arc::new(AtomicUsize::new(0)), Instant::now(), used());
    let working = connections.into_iter().map(|connection| work(connection, &requests, &next, expected));
    let mut times: Vec<Duration> = join_all(working).await.into_iter().flatten().collect();
    let (took, cores) = (since.elapsed(), used().saturating_sub(before));
    times.sort_unstable();
    Run { took, cores, times }
}

/// The time the cores have spent on this process, in ticks of a hundredth of a second; nothing where nobody says.
fn used() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

async fn work(mut connection: Connection, requests: &Requests, next: &AtomicUsize, expected: u16) -> Vec<Duration> {
    let mut times = Vec::new();
    loop {
        let begin = Instant::now();
        let request = match requests {
            Requests::Each(all) => all.get(next.fetch_add(1, Ordering::Relaxed)),
            Requests::Until(same, until) => (begin < *until).then_some(same),
        };
        let Some(request) = request else { return times };
        let status = connection.say(request).await;
        assert_eq!(status, expected, "{}", connection.text());
        times.push(begin.elapsed());
    }
}

/// One question, its answer read in full.
pub async fn ask(address: SocketAddr, request: &[u8]) -> Heard {
    let mut connection = Connection::open(address).await;
    let status = connection.say(request).await;
    let text = connection.text();
    let (head, _) = text.split_once("\r\n\r\n").expect("a whole answer");
    let field = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = connection.buffer[head.len() + 4..connection.filled].to_vec();
    Heard { status, head: head.lines().skip(1).filter_map(field).collect(), body }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, buffer: vec![0; 64 << 10], filled: 0 }
    }

    /// Asks, reads the answer to its end, and says its status.
    async fn say(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.expect("it is taken");
        self.filled = 0;
        let mut whole = None;
        while whole.is_none_or(|length| self.filled < length) {
            let more = self.stream.read(&mut self.buffer[self.filled..]).await.expect("it is answered");
            assert!(more > 0, "the connection was closed: {}", self.text());
            self.filled += more;
            whole = whole.or_else(|| whole_length(&self.buffer[..self.filled]));
        }
        std::str::from_utf8(&self.buffer[9..12]).expect("a status").parse().expect("a status")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.filled]).into_owned()
    }
}

/// How long the answer is with its body, once its head is here.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let name = b"content-length: ";
    let place = bytes[..head].windows(name.len()).position(|window| window.eq_ignore_ascii_case(name));
    let digits = place.map_or(&b""[..], |place| &bytes[place + name.len()..]);
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some(head + 4 + length)
}
