//! Connections in use: a transaction on either database, and what happens to one that is let go half-way.

use super::statement::{Dialect, Row, Statement};
use sqlx::{
    Executor, Postgres, Sqlite,
    pool::PoolConnection,
    postgres::{PgConnection, PgPool},
    sqlite::SqlitePool,
};

/// An open transaction; let go, it is rolled back.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(InUse),
}

impl Transaction {
    /// SQLite takes the write lock at once: a transaction that starts by reading cannot get it later.
    pub async fn on_sqlite(writer: &SqlitePool) -> Result<Self, sqlx::Error> {
        writer.begin_with("BEGIN IMMEDIATE").await.map(Self::Sqlite)
    }

    pub async fn on_postgres(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let mut connection = InUse::from(pool).await?;
        connection.get().execute("BEGIN").await?;
        Ok(Self::Postgres(connection))
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub async fn run(&mut self, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => statement.on_sqlite(transaction).await,
            Self::Postgres(connection) => statement.on_postgres(connection.get()).await,
        }
    }

    /// Runs them one after the other; the rows of each.
    pub async fn run_all(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => Statement::all_on_sqlite(statements, transaction).await,
            Self::Postgres(connection) => Statement::all_on_postgres(statements, connection.get()).await,
        }
    }

    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(connection) => connection.end("COMMIT").await,
        }
    }

    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await,
            Self::Postgres(connection) => connection.end("ROLLBACK").await,
        }
    }
}

/// A PostgreSQL connection in use. Let go in the middle of something (a deadline, a network that went silent) it is
/// closed instead of given back: the pool would wait for its answer, and for as long as that takes be one short.
pub(super) struct InUse(Option<PoolConnection<Postgres>>);

impl InUse {
    pub async fn from(pool: &PgPool) -> Result<Self, sqlx::Error> {
        pool.acquire().await.map(|connection| Self(Some(connection)))
    }

    pub fn get(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it is only taken at its end")
    }

    /// Back to the pool, which finds out by itself whether it is still alive.
    pub fn give_back(mut self) {
        drop(self.0.take());
    }

    async fn end(mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let outcome = self.get().execute(statement).await;
        self.give_back();
        outcome.map(|_| ())
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
