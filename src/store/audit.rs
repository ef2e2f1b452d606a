//! The event log as those read it who ask who did what: rows by subject, consumer, operation, time and decision.

use super::{
    Store,
    error::StoreError,
    event::{BY_TIME, EventRow},
    origin::Decision,
};
use jiff::Timestamp;

/// Which rows. What is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub subject: Option<String>,
    pub consumer: Option<String>,
    pub operation: Option<String>,
    pub correlation: Option<String>,
    pub decision: Option<Decision>,
    pub since: Option<Timestamp>,
}

impl Store {
    /// Rows of the log, oldest record first.
    pub async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("recorded_at >= ").bind(filter.since.unwrap_or(Timestamp::UNIX_EPOCH));
        let texts = [
            (" AND subject = ", filter.subject.as_deref()),
            (" AND consumer = ", filter.consumer.as_deref()),
            (" AND operation = ", filter.operation.as_deref()),
            (" AND correlation_id = ", filter.correlation.as_deref()),
            (" AND decision = ", filter.decision.map(Decision::name)),
        ];
        for (column, wanted) in texts {
            if let Some(wanted) = wanted {
                statement.push(column).bind(wanted);
            }
        }
        self.events(statement, BY_TIME, limit).await
    }
}
