//! Lanes: each writer has its own chain of events, so that writers never wait for each other, and a row that was
//! changed, removed or slipped in later shows.

use super::{
    Store,
    change::Origin,
    db::{Db, Purpose},
    error::StoreError,
    event::EventRow,
    prepared::Event,
    statement::Statement,
};
use crate::ids::hexadecimal;
use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

/// A lane in the hands of its writer: where its chain ends.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub number: i64,
    pub position: i64,
    pub hash: String,
}

/// The first link has nothing before it.
const NOTHING: &str = "";

impl Lane {
    /// Takes a lane that its last writer gave back, or opens a new one. One whose writer was killed stays untouched:
    /// a commit of that writer might still be on its way.
    pub async fn claim(db: &Db, owner: &str, now: Timestamp) -> Result<Self, StoreError> {
        let number = match Self::take_released(db, owner).await? {
            Some(number) => number,
            None => Self::open(db, owner, now).await?,
        };
        let mut last = Statement::text(db.dialect(), "SELECT lane_position, hash FROM event WHERE lane = ");
        last.bind(number).push(" ORDER BY lane_position DESC LIMIT 1");
        match db.read(Purpose::Serving, last).await?.first() {
            Some(row) => Ok(Self { number, position: row.int(0)?, hash: row.text(1)? }),
            None => Ok(Self { number, position: 0, hash: NOTHING.to_owned() }),
        }
    }

    async fn take_released(db: &Db, owner: &str) -> Result<Option<i64>, StoreError> {
        let mut statement = Statement::text(db.dialect(), "UPDATE lane SET released = NULL, owner = ");
        statement.bind(owner).push(" WHERE owner IS NULL AND id = (SELECT MIN(id) FROM lane WHERE owner IS NULL)");
        statement.push(" RETURNING id");
        db.write(statement).await?.first().map(|row| row.int(0)).transpose()
    }

    /// Two gateways that open the same number collide on the key; the later one tries the next.
    async fn open(db: &Db, owner: &str, now: Timestamp) -> Result<i64, StoreError> {
        loop {
            let mut statement = Statement::text(db.dialect(), "INSERT INTO lane (id, owner, opened) ");
            statement.push("SELECT COALESCE(MAX(id), 0) + 1, CAST(").bind(owner).push(" AS TEXT), CAST(").bind(now);
            statement.push(" AS BIGINT) FROM lane WHERE 1 = 1 ON CONFLICT (id) DO NOTHING RETURNING id");
            if let Some(row) = db.write(statement).await?.first() {
                return row.int(0);
            }
        }
    }

    /// Gives the lane back, after its last commit.
    pub async fn release(self, db: &Db, now: Timestamp) -> Result<(), StoreError> {
        let mut statement = Statement::text(db.dialect(), "UPDATE lane SET owner = NULL, released = ");
        statement.bind(now).push(" WHERE id = ").bind(self.number).push(" RETURNING id");
        db.write(statement).await.map(|_| ())
    }

    /// Adds a link; the lane is where the chain now ends.
    pub fn append(&mut self, event: &Event, origin: &Origin) {
        self.position += 1;
        self.hash = Link {
            lane: self.number,
            position: self.position,
            previous: &self.hash,
            numbers: [event.subject_version, event.occurred_at.as_microsecond(), origin.now.as_microsecond()],
            texts: [
                event.id.as_str(),
                &event.subject,
                &event.name,
                event.kind.name(),
                &origin.correlation_id,
                &origin.traceparent,
                &origin.actor,
                &origin.consumer,
                &origin.operation,
                &origin.contract.name,
                &origin.contract.version,
                &origin.contract.hash,
                origin.region.as_ref().map_or("", |region| region.as_str()),
                &event.data,
            ],
        }
        .hash();
    }
}

/// Everything a link's hash covers. Each text goes in with its length, so that none can borrow from its neighbour.
struct Link<'a> {
    lane: i64,
    position: i64,
    previous: &'a str,
    numbers: [i64; 3],
    texts: [&'a str; 14],
}

impl Link<'_> {
    fn hash(&self) -> String {
        let mut context = Context::new(&SHA256);
        let mut text = |text: &str| {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        };
        text(self.previous);
        self.texts.iter().for_each(|it| text(it));
        for number in [self.lane, self.position].iter().chain(&self.numbers) {
            context.update(&number.to_be_bytes());
        }
        hexadecimal(context.finish().as_ref())
    }

    fn of<'a>(row: &'a EventRow, data: &'a str) -> Link<'a> {
        Link {
            lane: row.lane,
            position: row.position,
            previous: &row.previous_hash,
            numbers: [row.subject_version, row.occurred_at.as_microsecond(), row.recorded_at.as_microsecond()],
            texts: [
                row.id.as_str(),
                &row.subject,
                &row.name,
                row.kind.name(),
                &row.correlation_id,
                &row.traceparent,
                &row.actor,
                &row.consumer,
                &row.operation,
                &row.contract.name,
                &row.contract.version,
                &row.contract.hash,
                row.region.as_ref().map_or("", |region| region.as_str()),
                data,
            ],
        }
    }
}

/// What a check of the chains found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainCheck {
    /// Every link of every lane holds.
    Whole { lanes: usize, events: u64 },
    /// The first row that does not follow from the one before it.
    Broken { lane: i64, position: i64, event: String, why: String },
}

const LINKS_AT_ONCE: u32 = 500;

impl Store {
    /// Recomputes every chain. A row missing at a lane's very end cannot be seen from inside the database.
    pub async fn verify_chains(&self) -> Result<ChainCheck, StoreError> {
        let lanes = self.lanes().await?;
        let mut events = 0;
        for lane in &lanes {
            match self.verify_lane(*lane).await? {
                Ok(count) => events += count,
                Err(broken) => return Ok(broken),
            }
        }
        Ok(ChainCheck::Whole { lanes: lanes.len(), events })
    }

    async fn verify_lane(&self, lane: i64) -> Result<Result<u64, ChainCheck>, StoreError> {
        let (mut position, mut hash) = (0, NOTHING.to_owned());
        loop {
            let rows = self.lane_events_as_written(lane, position, LINKS_AT_ONCE).await?;
            if rows.is_empty() {
                return Ok(Ok(position.unsigned_abs()));
            }
            for (row, data) in rows {
                if let Some(why) = flaw(&row, &data, position, &hash) {
                    let event = row.id.to_string();
                    return Ok(Err(ChainCheck::Broken { lane, position: row.position, event, why }));
                }
                (position, hash) = (row.position, row.hash);
            }
        }
    }
}

fn flaw(row: &EventRow, data: &str, position: i64, hash: &str) -> Option<String> {
    if row.position != position + 1 {
        return Some(format!("{} rows before it are missing", row.position - position - 1));
    }
    if row.previous_hash != hash {
        return Some("it does not follow from the row before it".to_owned());
    }
    (Link::of(row, data).hash() != row.hash).then(|| "it is not what was written".to_owned())
}
