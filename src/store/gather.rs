//! Questions, gathered like commits: whoever asks while others are being answered waits with the rest for the next
//! statement, which asks for all of them at once. At rest a question waits for nobody. Knows no table and no SQL.

use super::{
    db::Db,
    error::StoreError,
    settings::{Grouping, StoreSettings},
};
use crate::spawn::Background;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// What can be asked together with others of its kind.
pub(super) trait Question: Clone + Send + Sync + 'static {
    type Answer: Send + 'static;

    /// How much it adds to a statement.
    fn weight(&self) -> usize;

    /// Answers all of them with one statement, in their order. Only what concerns the whole database fails them all.
    fn ask(db: &Db, questions: &[Self]) -> impl Future<Output = Result<Vec<Self::Answer>, StoreError>> + Send;
}

/// Statements of a kind on their way at once. One would leave a core idle while its answer is taken apart; more would
/// leave less to gather.
const AT_ONCE: usize = 2;
/// A statement asks for no more than this, so that a large question does not keep many small ones waiting.
const HEAVIEST: usize = 256;

/// Where questions of one kind are asked.
pub(super) struct Gather<Q: Question> {
    db: Arc<Db>,
    places: Arc<Semaphore>,
    /// None where every question is a statement of its own.
    waiting: Option<mpsc::Sender<Waiting<Q>>>,
}

/// A question and who waits for its answer.
struct Waiting<Q: Question> {
    question: Q,
    answer: oneshot::Sender<Result<Q::Answer, StoreError>>,
}

impl<Q: Question> Gather<Q> {
    pub fn start(db: &Arc<Db>, settings: &StoreSettings, background: &Background) -> Self {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut gather = Self { db: db.clone(), places: places.clone(), waiting: None };
        if settings.group_reads == Grouping::On {
            let (sender, receiver) = mpsc::channel(settings.queue.max(1));
            let desk = Desk { db: db.clone(), places, cap: settings.batch_cap.max(1), background: background.clone() };
            background.spawn(desk.run(receiver));
            gather.waiting = Some(sender);
        }
        gather
    }

    pub async fn ask(&self, question: Q) -> Result<Q::Answer, StoreError> {
        let Some(sender) = &self.waiting else { return self.alone(question).await };
        if question.weight() > HEAVIEST {
            return self.alone(question).await;
        }
        if let Ok(_place) = self.places.try_acquire() {
            return self.alone(question).await;
        }
        let (answer, answered) = oneshot::channel();
        match sender.send(Waiting { question, answer }).await {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(broken_off())),
            // The process is stopping: what still works off its last requests goes without company.
            Err(mpsc::error::SendError(waiting)) => self.alone(waiting.question).await,
        }
    }

    async fn alone(&self, question: Q) -> Result<Q::Answer, StoreError> {
        let answers = Q::ask(&self.db, std::slice::from_ref(&question)).await?;
        answers.into_iter().next().ok_or_else(broken_off)
    }
}

fn broken_off() -> StoreError {
    StoreError::Unavailable("a read broke off".to_owned())
}

/// Takes what is waiting whenever there is a place, and has it asked.
struct Desk {
    db: Arc<Db>,
    places: Arc<Semaphore>,
    cap: usize,
    background: Background,
}

impl Desk {
    async fn run<Q: Question>(self, mut receiver: mpsc::Receiver<Waiting<Q>>) {
        loop {
            let first = tokio::select! {
                biased;
                () = self.background.stopping(), if !receiver.is_closed() => {
                    receiver.close();
                    continue;
                }
                first = receiver.recv() => first,
            };
            let Some(first) = first else { return };
            let place = self.places.clone().acquire_owned().await.expect("it is never closed");
            let together = self.gather(first, &mut receiver);
            self.background.spawn(answer(self.db.clone(), together, place));
        }
    }

    /// Everything that waits, oldest first, as far as it fits. Whoever has gone needs no answer.
    fn gather<Q: Question>(&self, first: Waiting<Q>, receiver: &mut mpsc::Receiver<Waiting<Q>>) -> Vec<Waiting<Q>> {
        let mut weight = first.question.weight();
        let mut together = vec![first];
        while together.len() < self.cap
            && weight < HEAVIEST
            && let Ok(next) = receiver.try_recv()
        {
            weight += next.question.weight();
            together.push(next);
        }
        together.retain(|waiting| !waiting.answer.is_closed());
        together
    }
}

async fn answer<Q: Question>(db: Arc<Db>, together: Vec<Waiting<Q>>, _place: OwnedSemaphorePermit) {
    if together.is_empty() {
        return;
    }
    metrics::histogram!("haulgate_ledger_read_questions").record(together.len() as f64);
    let (questions, waiting): (Vec<Q>, Vec<_>) = together.into_iter().map(|it| (it.question, it.answer)).unzip();
    match Q::ask(&db, &questions).await {
        Ok(answers) => waiting.into_iter().zip(answers).for_each(|(waiting, answer)| drop(waiting.send(Ok(answer)))),
        Err(error) => waiting.into_iter().for_each(|waiting| drop(waiting.send(Err(error.clone())))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    };

    /// Asks for its number, once the yard is open; the yard keeps a list of the statements.
    #[derive(Clone)]
    struct Parcel(u32, Arc<Yard>);

    #[derive(Default)]
    struct Yard {
        open: tokio::sync::Notify,
        away: AtomicBool,
        statements: Mutex<Vec<Vec<u32>>>,
    }

    impl Question for Parcel {
        type Answer = u32;

        fn weight(&self) -> usize {
            1
        }

        async fn ask(_: &Db, questions: &[Self]) -> Result<Vec<u32>, StoreError> {
            let yard = &questions[0].1;
            let numbers: Vec<u32> = questions.iter().map(|parcel| parcel.0).collect();
            yard.statements.lock().expect("nobody panics").push(numbers.clone());
            yard.open.notified().await;
            if yard.away.load(Ordering::Relaxed) {
                return Err(StoreError::Unavailable("away".to_owned()));
            }
            Ok(numbers)
        }
    }

    fn gather(grouping: Grouping) -> (Arc<Gather<Parcel>>, Background) {
        let settings = StoreSettings { group_reads: grouping, ..StoreSettings::at("sqlite::memory:") };
        let (db, background) = (Arc::new(Db::open(&settings).expect("it opens lazily")), Background::default());
        (Arc::new(Gather::start(&db, &settings, &background)), background)
    }

    type Answers = Vec<tokio::task::JoinHandle<Result<u32, StoreError>>>;

    /// Parcels that come one after the other, each before the next.
    async fn come(gather: &Arc<Gather<Parcel>>, yard: &Arc<Yard>, background: &Background, count: u32) -> Answers {
        let mut answers = Vec::new();
        for number in 0..count {
            let (gather, parcel) = (gather.clone(), Parcel(number, yard.clone()));
            answers.push(background.spawn(async move { gather.ask(parcel).await }));
            tokio::task::yield_now().await;
        }
        answers
    }

    /// Lets the statements through, one after the other, until all have their answers.
    async fn opened(yard: &Yard, answers: Answers) -> Vec<Result<u32, StoreError>> {
        while !answers.iter().all(tokio::task::JoinHandle::is_finished) {
            yard.open.notify_one();
            tokio::task::yield_now().await;
        }
        futures_util::future::join_all(answers).await.into_iter().map(|answer| answer.expect("no panic")).collect()
    }

    #[tokio::test]
    async fn the_first_ask_at_once_and_those_who_wait_ask_together() {
        let ((gather, background), yard) = (gather(Grouping::On), Arc::default());
        let answers = come(&gather, &yard, &background, 40).await;
        let answers = opened(&yard, answers).await;
        assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
        let statements = yard.statements.lock().expect("nobody panics").clone();
        assert_eq!(statements[..2], [vec![0], vec![1]], "at rest a question waits for nobody");
        assert_eq!(statements[2..], [(2..40).collect::<Vec<_>>()], "one statement for all who waited");
    }

    #[tokio::test]
    async fn without_grouping_each_is_a_statement_of_its_own() {
        let ((gather, background), yard) = (gather(Grouping::Off), Arc::default());
        let answers = come(&gather, &yard, &background, 10).await;
        assert_eq!(yard.statements.lock().expect("nobody panics").len(), 10, "none waits for another");
        assert!(opened(&yard, answers).await.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn nobody_asks_for_those_who_have_gone() {
        let ((gather, background), yard) = (gather(Grouping::On), Arc::<Yard>::default());
        let mut answers = come(&gather, &yard, &background, 10).await;
        let gone: Answers = answers.drain(4..7).collect();
        gone.iter().for_each(tokio::task::JoinHandle::abort);
        tokio::task::yield_now().await;
        assert!(opened(&yard, answers).await.iter().all(Result::is_ok));
        assert_eq!(yard.statements.lock().expect("nobody panics")[2], [2, 3, 7, 8, 9]);
    }

    #[tokio::test]
    async fn a_database_that_is_away_is_everyone_s_answer() {
        let ((gather, background), yard) = (gather(Grouping::On), Arc::<Yard>::default());
        yard.away.store(true, Ordering::Relaxed);
        let answers = come(&gather, &yard, &background, 10).await;
        for answer in opened(&yard, answers).await {
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_stopping_process_answers_what_it_has_begun() {
        let ((gather, background), yard) = (gather(Grouping::On), Arc::<Yard>::default());
        let mut answers = come(&gather, &yard, &background, 10).await;
        background.stop();
        answers.extend(come(&gather, &yard, &background, 10).await);
        assert!(opened(&yard, answers).await.iter().all(Result::is_ok));
    }
}
