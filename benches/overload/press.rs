//! An open load: requests that are due when they are due, and what became of them.

use crate::served::Served;
use std::{cell::RefCell, fmt, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::spawn_local,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

/// How long a caller waits, and how long before it tries again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Callers of one kind.
pub struct Press<'s> {
    served: &'s Served,
    poll: Rc<[u8]>,
    /// How often one asks before it gives up.
    tries: usize,
    idle: Rc<RefCell<Vec<TcpStream>>>,
}

/// What became of the requests of a run.
#[derive(Default)]
pub struct Outcome {
    length: Duration,
    polls: usize,
    attempts: usize,
    good: Vec<Duration>,
    /// Those by the second of the run in which they were answered.
    good_in: Vec<usize>,
    refused: Vec<Duration>,
    /// Attempts without an answer in time, or with another one.
    failed: usize,
    confirmations: usize,
    confirmed: Vec<Duration>,
    others: Vec<u16>,
}

impl<'s> Press<'s> {
    /// The control room, which asks three times.
    pub fn on(served: &'s Served) -> Self {
        Self::of(served, &served.poll, 3)
    }

    pub fn of(served: &'s Served, poll: &[u8], tries: usize) -> Self {
        Self { served, poll: poll.into(), tries, idle: Rc::default() }
    }

    /// So many polls and confirmations a second, for so long.
    pub async fn run(&self, polls: f64, confirmations: f64, length: Duration) -> Outcome {
        let outcome = Rc::new(RefCell::new(Outcome { length, ..Outcome::default() }));
        let mut ticks = interval(Duration::from_millis(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (began, mut polled, mut confirmed) = (Instant::now(), 0.0, 0.0);
        while began.elapsed() < length {
            ticks.tick().await;
            let passed = began.elapsed().min(length).as_secs_f64();
            while polled < passed * polls {
                polled += 1.0;
                spawn_local(self.poll_until_served(began, outcome.clone()));
            }
            while confirmed < passed * confirmations {
                confirmed += 1.0;
                let Some(request) = self.served.confirmation() else { break };
                spawn_local(confirm(self.served.address, self.idle.clone(), request.into(), outcome.clone()));
            }
        }
        // Whoever still waits has a second; who tries again later does so in the next run.
        sleep(PATIENCE).await;
        outcome.take()
    }

    fn poll_until_served(&self, run_began: Instant, outcome: Rc<RefCell<Outcome>>) -> impl Future<Output = ()> + use<> {
        let (address, tries) = (self.served.address, self.tries);
        let (request, idle) = (self.poll.clone(), self.idle.clone());
        outcome.borrow_mut().polls += 1;
        async move {
            for _ in 0..tries {
                let began = Instant::now();
                let status = ask(address, &idle, &request).await;
                if outcome.borrow_mut().note(status, began.elapsed(), run_began.elapsed()) {
                    return;
                }
                sleep(PATIENCE).await;
            }
        }
    }
}

async fn confirm(
    address: SocketAddr,
    idle: Rc<RefCell<Vec<TcpStream>>>,
    request: Rc<[u8]>,
    outcome: Rc<RefCell<Outcome>>,
) {
    let began = Instant::now();
    outcome.borrow_mut().confirmations += 1;
    if ask(address, &idle, &request).await == Some(201) {
        outcome.borrow_mut().confirmed.push(began.elapsed());
    }
}

/// The status of the answer, if one came in time. A connection on which none came is given up; one that was kept and has
/// been closed meanwhile is replaced by a new one, as every client does.
async fn ask(address: SocketAddr, idle: &RefCell<Vec<TcpStream>>, request: &[u8]) -> Option<u16> {
    let asking = async {
        let kept = idle.borrow_mut().pop();
        let answered = match kept {
            Some(stream) => ask_on(stream, request).await,
            None => None,
        };
        let (status, stream) = match answered {
            Some(answered) => answered,
            None => ask_on(TcpStream::connect(address).await.ok()?, request).await?,
        };
        idle.borrow_mut().push(stream);
        Some(status)
    };
    timeout(PATIENCE, asking).await.ok().flatten()
}

async fn ask_on(mut stream: TcpStream, request: &[u8]) -> Option<(u16, TcpStream)> {
    stream.write_all(request).await.ok()?;
    let status = answer(&mut stream).await?;
    Some((status, stream))
}

async fn answer(stream: &mut TcpStream) -> Option<u16> {
    let (mut buffer, mut filled) = (vec![0; 32 << 10], 0);
    loop {
        let more = stream.read(&mut buffer[filled..]).await.ok().filter(|more| *more > 0)?;
        filled += more;
        let text = &buffer[..filled];
        let Some(head) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&text[..head]).ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if filled >= head.len() + 4 + length.and_then(|length| length.parse::<usize>().ok()).unwrap_or(0) {
            return head.get(9..12)?.parse().ok();
        }
    }
}

impl Outcome {
    pub const HEAD: &'static str =
        "   asked/s  tries/s   good/s  p50 ms  p99 ms  refused/s  p50 ms  p99 ms  no answer  confirmed   p99 ms";

    /// Counts an answer to a poll; answers whether it was the one that was wanted.
    fn note(&mut self, status: Option<u16>, took: Duration, into_the_run: Duration) -> bool {
        self.attempts += 1;
        match status {
            Some(200) => {
                let second = into_the_run.as_secs() as usize;
                self.good_in.resize(self.good_in.len().max(second + 1), 0);
                self.good_in[second] += 1;
                self.good.push(took);
            }
            Some(429 | 503) => self.refused.push(took),
            Some(other) => self.others.push(other),
            None => self.failed += 1,
        }
        status == Some(200)
    }

    fn a_second(&self, count: usize) -> f64 {
        count as f64 / self.length.as_secs_f64()
    }

    pub fn good(&self) -> f64 {
        self.a_second(self.good.len())
    }

    /// How many were answered in time in each second.
    pub fn by_second(&self) -> &[usize] {
        &self.good_in
    }

    pub fn p99(&self) -> f64 {
        quantile(&self.good, 0.99)
    }
}

fn quantile(times: &[Duration], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(((times.len().max(1) - 1) as f64 * share) as usize).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

impl fmt::Display for Outcome {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{:>10.0} {:>8.0} {:>8.0} {:>7.1} {:>7.1} {:>10.1} {:>7.1} {:>7.1} {:>10} {:>9} {:>8.1}",
            self.a_second(self.polls),
            self.a_second(self.attempts),
            self.good(),
            quantile(&self.good, 0.5),
            self.p99(),
            self.a_second(self.refused.len()),
            quantile(&self.refused, 0.5),
            quantile(&self.refused, 0.99),
            self.failed,
            format!("{}/{}", self.confirmed.len(), self.confirmations),
            quantile(&self.confirmed, 0.99),
        )?;
        if self.others.is_empty() {
            Ok(())
        } else {
            write!(to, " and {} others, {}", self.others.len(), self.others[0])
        }
    }
}
