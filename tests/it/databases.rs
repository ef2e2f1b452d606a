//! Databases for stories: each story gets one of its own, on SQLite and on PostgreSQL.
//!
//! `on_both_databases! { async fn a_story(database) { … } }` makes the tests `a_story::sqlite` and
//! `a_story::postgres`. Where PostgreSQL is not installed the latter says that it was skipped; with
//! HAULGATE_REQUIRE_POSTGRES=1 it fails instead. Run with `cargo test`: one process, one server for all stories.

#[path = "postgres.rs"]
pub mod postgres;

use haulgate::{
    clock::Clock,
    store::{Store, StoreSettings},
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// One story's own database.
pub struct Database {
    pub url: String,
    /// SQLite's folder, removed when the story is told.
    _folder: Option<tempfile::TempDir>,
}

macro_rules! on_both_databases {
    ($($(#[$about:meta])* async fn $story:ident($database:ident) $body:block)*) => {$(
        $(#[$about])*
        async fn $story($database: $crate::databases::Database) $body

        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story($crate::databases::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                match $crate::databases::Database::postgres().await {
                    Ok(database) => super::$story(database).await,
                    Err(why) => {
                        $crate::databases::postgres::skip(concat!(module_path!(), "::postgres"), &why);
                    }
                }
            }
        }
    )*};
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        Self { url, _folder: Some(folder) }
    }

    /// A new database on the run's own server.
    pub async fn postgres() -> Result<Self, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let server = tokio::task::spawn_blocking(postgres::server).await.expect("it does not panic")?;
        let address = format!("postgres://haulgate@127.0.0.1:{}", server.port);
        let name = format!("story_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&format!("{address}/postgres?sslmode=disable")).await.expect("up");
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.expect("a new database");
        Ok(Self { url: format!("{address}/{name}?sslmode=disable"), _folder: None })
    }

    /// The same one, for another gateway.
    pub fn again(&self) -> Self {
        Self { url: self.url.clone(), _folder: None }
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }

    pub fn settings(&self) -> StoreSettings {
        StoreSettings {
            readers: 4,
            task_connections: 2,
            connect_within: Duration::from_secs(10),
            ..StoreSettings::at(&self.url)
        }
    }

    /// A migrated ledger whose clock stands at the story's morning.
    pub async fn store(&self) -> (Store, Clock) {
        let clock = Clock::held_at(morning());
        let store = Store::open(&self.settings(), clock.clone()).await.expect("the ledger opens");
        store.migrate().await.expect("the migrations run");
        (store, clock)
    }

    /// Runs statements behind the ledger's back.
    pub async fn meddle(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statements run");
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statements run");
        }
    }
}

/// Everything a column holds, read behind the ledger's back; bytes as the text they are.
pub async fn column(url: &str, column: &str, table: &str) -> String {
    let postgres = url.starts_with("postgres:");
    let text = match (column, postgres) {
        ("body", true) => "encode(body, 'escape')".to_owned(),
        (column, _) => format!("CAST({column} AS TEXT)"),
    };
    let sql = sqlx::AssertSqlSafe(format!("SELECT {text} FROM {table}"));
    let rows: Vec<String> = if postgres {
        let mut connection = PgConnection::connect(url).await.expect("a connection");
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows")
    } else {
        let mut connection = SqliteConnection::connect(url).await.expect("a connection");
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows")
    };
    rows.join("\n")
}

/// When every story begins.
pub fn morning() -> jiff::Timestamp {
    "2026-11-23T06:00:00Z".parse().expect("an instant")
}
