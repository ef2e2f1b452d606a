//! What makes a commit durable: the settings a database must have before anything is acknowledged.

use super::{db::Db, error::StoreError};

/// A setting with the values under which nothing acknowledged is lost, and what those are called.
struct Setting {
    name: &'static str,
    ask: &'static str,
    safe: &'static [(&'static str, &'static str)],
}

const SQLITE: &[Setting] = &[
    Setting { name: "journal_mode", ask: "SELECT journal_mode FROM pragma_journal_mode", safe: &[("wal", "wal")] },
    Setting {
        name: "synchronous",
        ask: "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous",
        safe: &[("2", "full"), ("3", "extra")],
    },
];

const POSTGRES: &[Setting] = &[
    Setting { name: "fsync", ask: "SHOW fsync", safe: &[("on", "on")] },
    Setting { name: "full_page_writes", ask: "SHOW full_page_writes", safe: &[("on", "on")] },
    Setting {
        name: "synchronous_commit",
        ask: "SHOW synchronous_commit",
        safe: &[("on", "on"), ("local", "local"), ("remote_apply", "remote_apply")],
    },
];

impl Db {
    /// Refuses a database that acknowledges what it has not made durable; answers what makes it so.
    pub async fn assert_durable(&self) -> Result<Vec<(&'static str, &'static str)>, StoreError> {
        let settings = match self {
            Self::Sqlite { .. } => SQLITE,
            Self::Postgres { .. } => POSTGRES,
        };
        let mut found = Vec::with_capacity(settings.len());
        for Setting { name, ask, safe } in settings {
            let value = self.setting(ask).await?;
            found.push((*name, meaning(name, &value, safe)?));
        }
        Ok(found)
    }

    /// Asked of a connection that writes: some settings are a connection's own.
    async fn setting(&self, ask: &'static str) -> Result<String, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => sqlx::query_scalar(ask).fetch_one(writer).await?,
            Self::Postgres { writers, .. } => sqlx::query_scalar(ask).fetch_one(writers).await?,
        })
    }
}

fn meaning(name: &str, found: &str, safe: &[(&'static str, &'static str)]) -> Result<&'static str, StoreError> {
    let meant = safe.iter().find(|(value, _)| *value == found).map(|(_, meaning)| *meaning);
    meant.ok_or_else(|| {
        let wanted: Vec<&str> = safe.iter().map(|(value, _)| *value).collect();
        let wanted = wanted.join(" or ");
        StoreError::Unsafe(format!("{name} is {found}, but nothing would be durable unless it is {wanted}"))
    })
}
