//! The chains of the event log, walked from end to end: whatever was changed, removed, moved or slipped in is named.
//! Reads page by page, so that a log of any length takes little memory; changes nothing.

use super::{
    Store,
    db::Purpose,
    error::StoreError,
    link::{Link, NOTHING},
    statement::Statement,
};

/// What a walk along one lane found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneCheck {
    pub lane: i64,
    /// Rows that hold.
    pub rows: u64,
    /// Where the walk ended: kept elsewhere, it shows later whether the whole log was written anew.
    pub head: (i64, String),
    /// The first row that does not follow from the one before it.
    pub broken: Option<Broken>,
}

/// A row that does not hold, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub position: i64,
    /// The row's id; none where the row is not there.
    pub event: Option<String>,
    pub why: String,
}

/// Where a chain ends by the lane's own word.
struct Head {
    position: i64,
    hash: String,
}

const LINKS_AT_ONCE: u32 = 1000;

impl Store {
    /// Walks along a lane, from behind a position on.
    pub async fn verify_lane(&self, lane: i64, after: i64) -> Result<LaneCheck, StoreError> {
        let (known, head) = self.head_of(lane).await?;
        let mut walk = Walk::from(lane, after, self.hash_at(lane, after).await?);
        if !known {
            return Ok(walk.stopped(0, None, "the lane itself is missing: no such number was ever skipped".to_owned()));
        }
        loop {
            let rows = self.links(lane, walk.position).await?;
            if rows.is_empty() {
                return Ok(walk.ended(head));
            }
            for (link, hash) in rows {
                if let Some(why) = walk.flaw(&link, &hash) {
                    let event = Some(link.event().to_owned());
                    return Ok(walk.stopped(link.position, event, why));
                }
                walk.step(link.position, hash);
                if let Some(why) = head.as_ref().and_then(|head| walk.departs(head)) {
                    return Ok(walk.stopped(link.position, Some(link.event().to_owned()), why));
                }
            }
        }
    }

    /// Every lane's number up to the highest: they are given one after the other, and never taken back.
    pub async fn lanes_ever(&self) -> Result<Vec<i64>, StoreError> {
        Ok((1..=self.lanes().await?.last().copied().unwrap_or(0)).collect())
    }

    async fn links(&self, lane: i64, after: i64) -> Result<Vec<(Link<String>, String)>, StoreError> {
        let mut statement = self.text(&format!("SELECT {} FROM event", Link::<String>::COLUMNS));
        statement.push(" WHERE lane = ").bind(lane).push(" AND lane_position > ").bind(after);
        statement.push(" ORDER BY lane_position LIMIT ").bind(i64::from(LINKS_AT_ONCE));
        self.inner.db.read(Purpose::Tasks, statement).await?.iter().map(Link::read).collect()
    }

    /// Whether there is such a lane, and where it says that it ends. Read before the walk: what comes later is beyond.
    async fn head_of(&self, lane: i64) -> Result<(bool, Option<Head>), StoreError> {
        let mut statement = self.text("SELECT head_position, head_hash FROM lane WHERE id = ");
        statement.bind(lane);
        let rows = self.inner.db.read(Purpose::Tasks, statement).await?;
        let Some(row) = rows.first() else { return Ok((false, None)) };
        let head = row.maybe_int(0)?.zip(row.maybe_text(1)?);
        Ok((true, head.map(|(position, hash)| Head { position, hash })))
    }

    /// The hash that the row behind a position has to follow from.
    async fn hash_at(&self, lane: i64, position: i64) -> Result<String, StoreError> {
        let mut statement = self.text("SELECT hash FROM event WHERE lane = ");
        statement.bind(lane).push(" AND lane_position = ").bind(position);
        let rows = self.inner.db.read(Purpose::Tasks, statement).await?;
        rows.first().map_or(Ok(NOTHING.to_owned()), |row| row.text(0))
    }

    fn text(&self, sql: &str) -> Statement {
        Statement::text(self.inner.db.dialect(), sql)
    }
}

/// How far a walk has come.
struct Walk {
    lane: i64,
    rows: u64,
    position: i64,
    hash: String,
}

impl Walk {
    fn from(lane: i64, position: i64, hash: String) -> Self {
        Self { lane, rows: 0, position, hash }
    }

    fn step(&mut self, position: i64, hash: String) {
        (self.rows, self.position, self.hash) = (self.rows + 1, position, hash);
    }

    fn flaw(&self, link: &Link<String>, hash: &str) -> Option<String> {
        if link.position != self.position + 1 {
            return Some(format!("{} rows before it are missing", link.position - self.position - 1));
        }
        if link.previous != self.hash {
            return Some("it does not follow from the row before it".to_owned());
        }
        (!link.is_formed() || link.hash() != hash).then(|| "it is not what was written".to_owned())
    }

    /// Whether this is where the lane says that it ends, and is not.
    fn departs(&self, head: &Head) -> Option<String> {
        let other = self.position == head.position && self.hash != head.hash;
        other.then(|| "it is not the row that the lane ended with".to_owned())
    }

    fn ended(self, head: Option<Head>) -> LaneCheck {
        match head {
            Some(head) if head.position > self.position => {
                let missing = head.position - self.position;
                let at = self.position + 1;
                self.stopped(at, None, format!("the lane ends {missing} rows too early"))
            }
            _ => self.found(None),
        }
    }

    fn stopped(self, position: i64, event: Option<String>, why: String) -> LaneCheck {
        self.found(Some(Broken { position, event, why }))
    }

    fn found(self, broken: Option<Broken>) -> LaneCheck {
        LaneCheck { lane: self.lane, rows: self.rows, head: (self.position, self.hash), broken }
    }
}
