//! The usage ledger's rows: who calls what. Added up beside the books, in statements of their own; a gateway that dies
//! loses the seconds it had not written yet, and one whose connection dies may add the same seconds twice.

use super::{Store, db::Purpose, error::StoreError, statement::Statement};
use jiff::Timestamp;

/// How often one consumer has called one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    pub consumer: String,
    pub contract: String,
    pub operation: String,
    pub calls: u64,
    /// Those of the calls that were answered with 4xx.
    pub refused: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

const ROWS_IN_A_STATEMENT: usize = 200;

impl Store {
    /// Adds these counts to those that are there.
    pub async fn add_usage(&self, mut rows: Vec<UsageRow>) -> Result<(), StoreError> {
        // In one order, or two gateways wait for each other's rows.
        rows.sort_by(|one, other| key(one).cmp(&key(other)));
        for some in rows.chunks(ROWS_IN_A_STATEMENT) {
            self.inner.db.write(self.addition(some)).await?;
        }
        Ok(())
    }

    fn addition(&self, rows: &[UsageRow]) -> Statement {
        let mut statement = Statement::text(
            self.inner.db.dialect(),
            "INSERT INTO consumer_usage (consumer, contract, operation, calls, refused, first_seen, last_seen) ",
        );
        statement.given(rows, |row| {
            vec![
                row.consumer.as_str().into(),
                row.contract.as_str().into(),
                row.operation.as_str().into(),
                number(row.calls).into(),
                number(row.refused).into(),
                row.first_seen.into(),
                row.last_seen.into(),
            ]
        });
        statement.push(
            " ON CONFLICT (consumer, contract, operation) DO UPDATE SET \
             calls = consumer_usage.calls + excluded.calls, refused = consumer_usage.refused + excluded.refused, \
             first_seen = CASE WHEN excluded.first_seen < consumer_usage.first_seen THEN excluded.first_seen \
             ELSE consumer_usage.first_seen END, \
             last_seen = CASE WHEN excluded.last_seen > consumer_usage.last_seen THEN excluded.last_seen \
             ELSE consumer_usage.last_seen END",
        );
        statement
    }

    /// Everything that was counted, by consumer, contract and operation.
    pub async fn usage(&self) -> Result<Vec<UsageRow>, StoreError> {
        let statement = Statement::text(
            self.inner.db.dialect(),
            "SELECT consumer, contract, operation, calls, refused, first_seen, last_seen FROM consumer_usage \
             ORDER BY consumer, contract, operation",
        );
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        let row = |row: &super::statement::Row| {
            Ok(UsageRow {
                consumer: row.text(0)?,
                contract: row.text(1)?,
                operation: row.text(2)?,
                calls: row.int(3)?.unsigned_abs(),
                refused: row.int(4)?.unsigned_abs(),
                first_seen: row.instant(5)?,
                last_seen: row.instant(6)?,
            })
        };
        rows.iter().map(row).collect()
    }
}

fn key(row: &UsageRow) -> (&str, &str, &str) {
    (&row.consumer, &row.contract, &row.operation)
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
