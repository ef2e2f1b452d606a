//! Once-records: what was answered under an idempotency key, so that the same request again gets the same bytes.

use super::{
    Store,
    db::{Db, Purpose},
    error::StoreError,
    gather::Question,
    seal::{Seal, is_sealed},
    statement::{Dialect, Row, Statement},
};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Under which key something was asked to be done once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnceKey {
    pub consumer: String,
    pub operation: String,
    pub key: String,
}

/// What was done under a key. `fingerprint` tells whether a later request is the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceRecord {
    pub key: OnceKey,
    pub fingerprint: String,
    pub answer: Answer,
    pub expires_at: Timestamp,
}

impl OnceRecord {
    /// Seals an answer that holds a secret.
    pub(super) fn seal(&mut self, seal: &Seal) {
        if self.answer.confidential {
            self.answer.body = seal.seal(&self.answer.body, ANSWERS).into_bytes();
        }
    }
}

/// What sealed answers are bound to.
const ANSWERS: &str = "once";

/// A reply, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// It holds a secret: it is kept sealed.
    pub confidential: bool,
}

impl Answer {
    /// As it was given.
    pub(super) fn opened(mut self, seal: &Seal) -> Result<Self, StoreError> {
        if self.confidential {
            let sealed = String::from_utf8(self.body).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            self.body = seal.open(&sealed, ANSWERS)?;
        }
        Ok(self)
    }
}

pub(super) const COLUMNS: &str = "consumer, operation, once_key, fingerprint, status, headers, body, expires_at";

/// Keys that are asked for together.
impl Question for OnceKey {
    type Answer = Result<Option<OnceRecord>, StoreError>;

    fn weight(&self) -> usize {
        1
    }

    async fn ask(db: &Db, questions: &[Self]) -> Result<Vec<Self::Answer>, StoreError> {
        // A key with a NUL was never used, and PostgreSQL would refuse the whole statement for it.
        let keys: BTreeSet<&Self> = questions.iter().filter(|key| !key.has_nul()).collect();
        let rows =
            if keys.is_empty() { Vec::new() } else { db.read(Purpose::Keyed, among(db.dialect(), &keys)).await? };
        let found =
            rows.iter().map(|row| Ok((key(row)?, record(row)))).collect::<Result<HashMap<_, _>, StoreError>>()?;
        Ok(questions.iter().map(|key| found.get(key).cloned().transpose()).collect())
    }
}

fn among(dialect: Dialect, keys: &BTreeSet<&OnceKey>) -> Statement {
    let mut statement = Statement::text(dialect, format!("SELECT {COLUMNS} FROM once WHERE "));
    statement.push("(consumer, operation, once_key) IN (");
    let row = |key: &&OnceKey| vec![(&key.consumer).into(), (&key.operation).into(), (&key.key).into()];
    statement.rows(keys, row).push(")");
    statement
}

impl OnceKey {
    fn has_nul(&self) -> bool {
        [&self.consumer, &self.operation, &self.key].into_iter().any(|text| text.contains('\0'))
    }
}

impl Store {
    /// What was answered under this key, unless that has expired.
    pub async fn once(&self, key: &OnceKey) -> Result<Option<OnceRecord>, StoreError> {
        let now = self.inner.clock.now();
        let record = self.inner.onces.ask(key.clone()).await??;
        let Some(record) = record.filter(|record| record.expires_at > now) else { return Ok(None) };
        Ok(Some(OnceRecord { answer: record.answer.opened(&self.inner.seal)?, ..record }))
    }

    /// Forgets keys that have expired, at most `limit` of them; says how many.
    pub async fn forget_expired_once(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut statement = Statement::text(self.inner.db.dialect(), "DELETE FROM once WHERE ".to_owned());
        statement.push("(consumer, operation, once_key) IN (SELECT consumer, operation, once_key FROM once");
        statement.push(" WHERE expires_at <= ").bind(now).push(" ORDER BY expires_at LIMIT ").bind(i64::from(limit));
        statement.push(") RETURNING consumer");
        Ok(self.inner.db.write(statement).await?.len() as u64)
    }
}

fn key(row: &Row) -> Result<OnceKey, StoreError> {
    Ok(OnceKey { consumer: row.text(0)?, operation: row.text(1)?, key: row.text(2)? })
}

pub(super) fn record(row: &Row) -> Result<OnceRecord, StoreError> {
    let (headers, body) = (row.text(5)?, row.bytes(6)?);
    Ok(OnceRecord {
        key: key(row)?,
        fingerprint: row.text(3)?,
        answer: Answer {
            status: u16::try_from(row.int(4)?).map_err(|error| StoreError::Unreadable(error.to_string()))?,
            headers: serde_json::from_str(&headers).map_err(|error| StoreError::Unreadable(error.to_string()))?,
            confidential: is_sealed(&body),
            body,
        },
        expires_at: row.instant(7)?,
    })
}
