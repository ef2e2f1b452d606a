//! Once-records: what was answered under an idempotency key, so that the same request again gets the same bytes.

use super::{
    Store,
    db::Purpose,
    error::StoreError,
    seal::{Seal, is_sealed},
    statement::{Row, Statement},
};
use jiff::Timestamp;

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

impl Store {
    /// What was answered under this key, unless that has expired.
    pub async fn once(&self, key: &OnceKey) -> Result<Option<OnceRecord>, StoreError> {
        let now = self.inner.clock.now();
        let mut statement = Statement::text(self.inner.db.dialect(), format!("SELECT {COLUMNS} FROM once WHERE "));
        statement.push("consumer = ").bind(&*key.consumer).push(" AND operation = ").bind(&*key.operation);
        statement.push(" AND once_key = ").bind(&*key.key).push(" AND expires_at > ").bind(now);
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        let Some(record) = rows.first().map(record).transpose()? else { return Ok(None) };
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

pub(super) fn record(row: &Row) -> Result<OnceRecord, StoreError> {
    let (headers, body) = (row.text(5)?, row.bytes(6)?);
    Ok(OnceRecord {
        key: OnceKey { consumer: row.text(0)?, operation: row.text(1)?, key: row.text(2)? },
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
