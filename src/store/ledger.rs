//! The ledger's one writer: takes what is waiting, gathers it into batches, hands each to a pen. At rest a change waits
//! for nobody; under load a commit is shared by many. Holds no SQL.

use super::{
    change::Committed,
    error::CommitError,
    pen::{Desk, Pen},
    prepared::{Claim, Prepared},
    settings::{Grouping, StoreSettings},
};
use crate::spawn::Background;
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// Where changes are handed in.
pub(super) struct Ledger {
    sender: mpsc::Sender<Waiting>,
}

/// A change and who waits for it.
pub(super) struct Waiting {
    pub change: Prepared,
    pub answer: oneshot::Sender<Result<Committed, CommitError>>,
}

impl Waiting {
    /// Whoever no longer waits needs no answer.
    pub fn answer(self, outcome: Result<Committed, CommitError>) {
        let _ = self.answer.send(outcome);
    }
}

/// A batch holds no more rows than this, so that one huge change does not keep many small ones waiting.
const HEAVIEST_BATCH: usize = 2000;

impl Ledger {
    pub fn start(desk: Desk, settings: &StoreSettings, background: &Background) -> Self {
        let (sender, receiver) = mpsc::channel(settings.queue.max(1));
        let alone = settings.group_commit == Grouping::Off;
        let pens = desk.pens(settings.batches_in_flight);
        let writer = Writer {
            cap: if alone { 1 } else { settings.batch_cap.max(1) },
            within: settings.commit_within,
            idle: (0..pens).map(|_| Pen::new(desk.clone())).collect(),
            desk,
            backlog: VecDeque::new(),
            held: Held::default(),
            busy: FuturesUnordered::new(),
            background: background.clone(),
        };
        background.spawn(writer.run(receiver));
        Self { sender }
    }

    pub async fn commit(&self, change: Prepared) -> Result<Committed, CommitError> {
        let stopping = || CommitError::Stopped("the process is stopping".to_owned());
        let (answer, answered) = oneshot::channel();
        self.sender.send(Waiting { change, answer }).await.map_err(|_| stopping())?;
        answered.await.unwrap_or_else(|_| Err(CommitError::Unavailable("the outcome is not known".to_owned())))
    }
}

type Written = (JoinHandle<Pen>, Vec<Claim>, Vec<Claim>);

struct Writer {
    desk: Desk,
    cap: usize,
    within: Duration,
    idle: Vec<Pen>,
    /// Taken from the queue, not yet in a batch: those that share an entity or a key with an earlier one.
    backlog: VecDeque<Waiting>,
    held: Held,
    busy: FuturesUnordered<Batch>,
    background: Background,
}

/// A batch on its way, with what it holds.
type Batch = std::pin::Pin<Box<dyn Future<Output = (Option<Pen>, Vec<Claim>, Vec<Claim>)> + Send>>;

impl Writer {
    async fn run(mut self, mut receiver: mpsc::Receiver<Waiting>) {
        loop {
            self.take_waiting(&mut receiver);
            while !self.idle.is_empty() && self.start_batch() {}
            let may_take = self.backlog.len() < self.most_backlog();
            tokio::select! {
                biased;
                () = self.background.stopping(), if !receiver.is_closed() => receiver.close(),
                Some(written) = self.busy.next() => self.put_back(written),
                waiting = receiver.recv(), if may_take => match waiting {
                    Some(waiting) => self.backlog.push_back(waiting),
                    None if self.busy.is_empty() && self.backlog.is_empty() => break,
                    None => if let Some(written) = self.busy.next().await { self.put_back(written) },
                },
            }
        }
        for pen in self.idle {
            pen.put_down().await;
        }
    }

    fn most_backlog(&self) -> usize {
        4 * self.cap
    }

    fn take_waiting(&mut self, receiver: &mut mpsc::Receiver<Waiting>) {
        while self.backlog.len() < self.most_backlog()
            && let Ok(waiting) = receiver.try_recv()
        {
            self.backlog.push_back(waiting);
        }
    }

    /// Gathers what can go together and sets it off; false if there is nothing.
    fn start_batch(&mut self) -> bool {
        let (batch, held, relied) = self.gather();
        let Some(mut pen) = (if batch.is_empty() { None } else { self.idle.pop() }) else { return false };
        let within = self.within;
        let written = self.background.spawn(async move {
            pen.write(batch, within).await;
            pen
        });
        self.busy.push(Box::pin(finished((written, held, relied))));
        true
    }

    /// Takes from the backlog, oldest first, what shares nothing with what is being written or with the batch itself:
    /// no statement can write a row twice, and the later change would only be stale.
    fn gather(&mut self) -> (Vec<Waiting>, Vec<Claim>, Vec<Claim>) {
        let (mut batch, mut later, mut weight) = (Vec::new(), VecDeque::new(), 0);
        let (mut held, mut relied) = (Vec::new(), Vec::new());
        while batch.len() < self.cap
            && weight < HEAVIEST_BATCH
            && let Some(waiting) = self.backlog.pop_front()
        {
            if self.held.collides(&waiting.change) {
                later.push_back(waiting);
                continue;
            }
            weight += waiting.change.weight();
            held.extend(waiting.change.claims().inspect(|claim| self.held.take(claim)));
            relied.extend(waiting.change.relies_on().inspect(|claim| self.held.rely_on(claim)));
            batch.push(waiting);
        }
        later.append(&mut self.backlog);
        self.backlog = later;
        (batch, held, relied)
    }

    /// A pen that broke (its task panicked) is replaced: what it had in hand is answered as of unknown outcome.
    fn put_back(&mut self, (pen, held, relied): (Option<Pen>, Vec<Claim>, Vec<Claim>)) {
        self.held.give_back(&held, &relied);
        self.idle.push(pen.unwrap_or_else(|| {
            tracing::error!("a batch broke off; what became of it is in the database");
            self.desk.cache.clear();
            Pen::new(self.desk.clone())
        }));
    }
}

async fn finished((pen, held, relied): Written) -> (Option<Pen>, Vec<Claim>, Vec<Claim>) {
    (pen.await.ok(), held, relied)
}

/// What is being written, and what is relied on meanwhile.
#[derive(Default)]
struct Held {
    written: HashSet<Claim>,
    relied_on: HashMap<Claim, usize>,
}

impl Held {
    fn collides(&self, change: &Prepared) -> bool {
        change.claims().any(|claim| self.written.contains(&claim) || self.relied_on.contains_key(&claim))
            || change.relies_on().any(|claim| self.written.contains(&claim))
    }

    fn take(&mut self, claim: &Claim) {
        self.written.insert(claim.clone());
    }

    fn rely_on(&mut self, claim: &Claim) {
        *self.relied_on.entry(claim.clone()).or_default() += 1;
    }

    fn give_back(&mut self, held: &[Claim], relied: &[Claim]) {
        for claim in held {
            self.written.remove(claim);
        }
        for claim in relied {
            if let Some(count) = self.relied_on.get_mut(claim) {
                *count -= 1;
                if *count == 0 {
                    self.relied_on.remove(claim);
                }
            }
        }
    }
}
