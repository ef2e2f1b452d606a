//! The gateway in a process of its own, and what it is asked.

use crate::{databases::Database, world::World};
use haulgate::store::Grouping::On;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Enough for every run of a measurement.
const STOPS: usize = 14_000;

pub struct Served {
    process: Child,
    pub address: SocketAddr,
    /// The control room's overview: dear enough that a machine which has to ask for it, too, can ask for ten times of what
    /// it can answer.
    pub poll: Vec<u8>,
    /// A partner's question where its shipment is: of those it may ask 40 a second.
    pub status_read: Vec<u8>,
    confirmations: Vec<Vec<u8>>,
    next: AtomicUsize,
}

/// Serves until standard input ends.
pub fn serve() {
    haulgate::telemetry::metrics();
    let log = haulgate::config::LogSettings { filter: "info".to_owned(), format: haulgate::config::LogFormat::Json };
    haulgate::telemetry::start_log(&log).expect("a filter");
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = haulgate::cli::runtime("server", cores).unwrap_or_else(|failure| panic!("{}", failure.message));
    runtime.block_on(async {
        let database = Database::sqlite();
        let world = World::start_with(&database, On, On, &["partner"], |_| {}).await;
        for request in world.confirmations(STOPS).await {
            println!("CONFIRM={}", haulgate::ids::hexadecimal(&request));
        }
        let token = world.token("control-room", "carl", "tower:read", serde_json::Value::Null);
        let shipment = world.one_shipment().await;
        let status_read = haulgate::ids::hexadecimal(&world.status_read(&shipment, false).await);
        println!("TOKEN={token}\nSTATUS_READ={status_read}\nADDRESS={}", world.address);
        drop(tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await);
        world.stop().await;
    });
}

impl Served {
    pub fn start() -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let mut process = Command::new(this)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts again");
        let (mut confirmations, mut said) = (Vec::new(), HashMap::new());
        for line in BufReader::new(process.stdout.take().expect("its output")).lines() {
            let line = line.expect("it is text");
            let (name, value) = line.split_once('=').expect("it says what");
            match name {
                "CONFIRM" => confirmations.push(bytes(value)),
                _ => drop(said.insert(name.to_owned(), value.to_owned())),
            }
            if said.contains_key("ADDRESS") {
                break;
            }
        }
        let poll = format!(
            "GET /experience/control-tower/v1/overview HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\r\n",
            said["TOKEN"]
        );
        let address = said["ADDRESS"].parse().expect("an address");
        let status_read = bytes(&said["STATUS_READ"]);
        Self { process, address, poll: poll.into_bytes(), status_read, confirmations, next: AtomicUsize::new(0) }
    }

    /// A confirmation that nobody has sent; `None` when all have been.
    pub fn confirmation(&self) -> Option<&[u8]> {
        self.confirmations.get(self.next.fetch_add(1, Ordering::Relaxed)).map(Vec::as_slice)
    }

    /// The process stands still and answers nobody, until it goes on.
    pub fn stand_still(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let process = Pid::from_child(&self.process);
        kill_process(process, signal).expect("it is there");
    }

    /// What the gateway's process holds, in MiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
    hexadecimal.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
