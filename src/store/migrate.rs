//! Migrations: one set, run by sqlx's migrator without its macros (they would compile both databases twice).
//! Views are the one part that each dialect words for itself: JSON and time have no common spelling.

use super::{
    db::Db,
    error::StoreError,
    statement::Dialect::{self, Postgres, Sqlite},
};
use sqlx::{
    SqlStr,
    migrate::{Migration, MigrationType, Migrator},
};

impl Db {
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrator = Migrator::with_migrations(migrations(self.dialect()));
        let outcome = match self {
            Self::Sqlite { writer, .. } => migrator.run(writer).await,
            Self::Postgres { writers, .. } => migrator.run(writers).await,
        };
        outcome.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => StoreError::Unsafe(other.to_string()),
        })
    }
}

/// To add one: a file beside the others, its name and text here, never a change to one that was released.
fn migrations(dialect: Dialect) -> Vec<Migration> {
    let worded = |sqlite: &'static str, postgres: &'static str| match dialect {
        Sqlite => sqlite,
        Postgres => postgres,
    };
    let views = worded(
        include_str!("../../migrations/0002_views.sqlite.sql"),
        include_str!("../../migrations/0002_views.postgres.sql"),
    );
    let view_of_events = worded(
        include_str!("../../migrations/0004_view_of_events.sqlite.sql"),
        include_str!("../../migrations/0004_view_of_events.postgres.sql"),
    );
    let texts = [
        ("ledger", include_str!("../../migrations/0001_ledger.sql")),
        ("views", views),
        ("audit", include_str!("../../migrations/0003_audit.sql")),
        ("view_of_events", view_of_events),
        ("usage", include_str!("../../migrations/0005_usage.sql")),
        ("carriers_routes", include_str!("../../migrations/0006_carriers_routes.sql")),
        ("fewer_indexes", include_str!("../../migrations/0007_fewer_indexes.sql")),
    ];
    let numbered = (1..).zip(texts);
    let migration = |(version, (name, text)): (i64, (&'static str, &'static str))| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(text), false)
    };
    numbered.map(migration).collect()
}
