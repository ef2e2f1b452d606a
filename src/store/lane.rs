//! Lanes: each writer has its own chain of events, so that writers never wait for each other, and a row that was
//! changed, removed or slipped in later shows.

use super::{
    db::{Db, Purpose},
    error::StoreError,
    link::{Link, NOTHING},
    origin::Origin,
    prepared::Event,
    statement::{Dialect, Statement},
};
use jiff::Timestamp;

/// A lane in the hands of its writer: where its chain ends.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub number: i64,
    pub position: i64,
    pub hash: String,
}

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
        self.hash = Link::new(self.number, self.position, &self.hash, event, origin).hash();
    }

    /// Writes down where the chain ends, in the same commit as its last row.
    pub fn record_head(&self, dialect: Dialect) -> Statement {
        let mut statement = Statement::text(dialect, "UPDATE lane SET head_position = ");
        statement.bind(self.position).push(", head_hash = ").bind(&*self.hash);
        statement.push(" WHERE id = ").bind(self.number).push(" RETURNING id");
        statement
    }
}
