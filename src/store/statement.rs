//! Statements and rows: one SQL text, whichever database it runs on. The only place where the two drivers meet;
//! everything else in the store speaks in the plain values below.

use super::error::StoreError;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{
    Arguments, AssertSqlSafe, Database, Either, Executor, Postgres, Row as _, Sqlite,
    postgres::{PgConnection, PgRow},
    sqlite::{SqliteConnection, SqliteRow},
};
use std::{fmt::Write, sync::Arc};

/// How the database writes placeholders. SQLite looks a `$1` up by name, which makes wide statements slow to prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// SQLite takes texts of a million bytes.
const LONGEST_TEXT: usize = 900_000;

/// A value for a statement. Text is shared, so that a batch written again copies nothing.
#[derive(Clone, Debug)]
pub(super) enum Bind {
    Text(Option<Arc<str>>),
    Int(Option<i64>),
    Flag(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// A statement under construction. Text goes in as text, values only as placeholders.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    dialect: Dialect,
    sql: String,
    binds: Vec<Bind>,
}

impl Statement {
    pub fn text(dialect: Dialect, sql: impl Into<String>) -> Self {
        Self { dialect, sql: sql.into(), binds: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    pub fn bind(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.binds.push(value.into());
        match self.dialect {
            Dialect::Sqlite => self.sql.push('?'),
            Dialect::Postgres => write!(self.sql, "${}", self.binds.len()).expect("a string takes any text"),
        }
        self
    }

    /// Values in parentheses.
    pub fn list<B: Into<Bind>>(&mut self, values: impl IntoIterator<Item = B>) -> &mut Self {
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "(" } else { ", " }).bind(value);
        }
        self.push(")")
    }

    /// A `list` of at least one, with nulls up to the next power of two: no column equals them, and there are few texts to
    /// prepare, however many are asked for.
    pub fn padded_list<B: Into<Bind>>(&mut self, values: impl ExactSizeIterator<Item = B>) -> &mut Self {
        let nulls = values.len().next_power_of_two() - values.len();
        let values = values.map(Into::into);
        self.list(values.chain(std::iter::repeat_n(Bind::Text(None), nulls)))
    }

    /// `VALUES (…), (…)`, a row for each item and rows of nulls up to the next power of two, which the statement has to
    /// leave out: so there are few texts to prepare, however many changes a batch happens to have.
    pub fn rows<T>(&mut self, items: impl IntoIterator<Item = T>, row: impl Fn(T) -> Vec<Bind>) -> &mut Self {
        let (mut count, mut width) = (0, Vec::new());
        for item in items {
            let row = row(item);
            if count == 0 {
                width = row.iter().map(Bind::nothing).collect();
            }
            self.push(if count == 0 { "VALUES " } else { ", " }).list(row);
            count += 1;
        }
        for _ in count..usize::next_power_of_two(count) {
            self.push(", ").list(width.iter().cloned());
        }
        self
    }

    /// The same as what an `INSERT` takes.
    pub fn given<T>(&mut self, items: impl IntoIterator<Item = T>, row: impl Fn(T) -> Vec<Bind>) -> &mut Self {
        self.push("SELECT * FROM (").rows(items, row).push(") AS given WHERE column1 IS NOT NULL")
    }

    /// Text that cannot be stored cannot be found, and PostgreSQL will not even be asked for it.
    pub fn asks_for_nul(&self) -> bool {
        self.binds.iter().any(|bind| matches!(bind, Bind::Text(Some(text)) if text.contains('\0')))
    }
}

impl Bind {
    /// A null of the same type.
    fn nothing(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(None),
            Self::Int(_) => Self::Int(None),
            Self::Flag(_) => Self::Flag(None),
            Self::Bytes(_) => Self::Bytes(None),
        }
    }
}

macro_rules! arguments {
    ($driver:ident, $binds:expr) => {{
        let mut arguments = <<$driver as Database>::Arguments as Default>::default();
        for bind in $binds {
            match bind {
                Bind::Text(value) => arguments.add(value),
                Bind::Int(value) => arguments.add(value),
                Bind::Flag(value) => arguments.add(value),
                Bind::Bytes(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

macro_rules! fetch {
    ($driver:ident, $statement:expr, $connection:expr) => {{
        let arguments = arguments!($driver, $statement.binds);
        let rows = sqlx::query_with::<$driver, _>(AssertSqlSafe($statement.sql), arguments);
        Ok(rows.fetch_all($connection).await?.into_iter().map(Row::$driver).collect())
    }};
}

impl Statement {
    pub async fn on_sqlite(self, connection: &mut SqliteConnection) -> Result<Vec<Row>, sqlx::Error> {
        fetch!(Sqlite, self, connection)
    }

    pub async fn on_postgres(self, connection: &mut PgConnection) -> Result<Vec<Row>, sqlx::Error> {
        fetch!(Postgres, self, connection)
    }

    /// One after the other, with the rows of each. All go as one text, as far as one may be long: the way to SQLite's
    /// thread and back costs more than most statements.
    pub async fn all_on_sqlite(
        all: Vec<Self>,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<Vec<Row>>, sqlx::Error> {
        let mut answers = vec![Vec::new()];
        let mut left = all.into_iter().peekable();
        while let Some(mut joined) = left.next() {
            while let Some(next) = left.next_if(|next| joined.sql.len() + next.sql.len() < LONGEST_TEXT) {
                joined.push("; ").push(&next.sql).binds.extend(next.binds);
            }
            let joined = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(joined.sql), arguments!(Sqlite, joined.binds));
            let mut answering = connection.fetch_many(joined);
            while let Some(answer) = answering.try_next().await? {
                match answer {
                    Either::Right(row) => answers.last_mut().expect("there is one").push(Row::Sqlite(row)),
                    Either::Left(_done) => answers.push(Vec::new()),
                }
            }
        }
        answers.pop();
        Ok(answers)
    }

    /// One after the other, with the rows of each.
    pub async fn all_on_postgres(all: Vec<Self>, connection: &mut PgConnection) -> Result<Vec<Vec<Row>>, sqlx::Error> {
        let mut answers = Vec::with_capacity(all.len());
        for one in all {
            answers.push(one.on_postgres(&mut *connection).await?);
        }
        Ok(answers)
    }
}

/// A row, read by the position of its columns.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! reading {
    ($($name:ident: $type:ty;)*) => {
        impl Row {
            $(pub fn $name(&self, column: usize) -> Result<$type, StoreError> {
                Ok(match self {
                    Self::Sqlite(row) => row.try_get(column)?,
                    Self::Postgres(row) => row.try_get(column)?,
                })
            })*
        }
    };
}

reading! {
    text: String;
    maybe_text: Option<String>;
    int: i64;
    maybe_int: Option<i64>;
    bytes: Vec<u8>;
}

impl Row {
    pub fn instant(&self, column: usize) -> Result<Timestamp, StoreError> {
        instant(self.int(column)?)
    }

    pub fn maybe_instant(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_int(column)?.map(instant).transpose()
    }
}

fn instant(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|error| StoreError::Unreadable(error.to_string()))
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Bind {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<&String> for Bind {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.as_str().into()))
    }
}

impl From<&Arc<str>> for Bind {
    fn from(text: &Arc<str>) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&Option<Arc<str>>> for Bind {
    fn from(text: &Option<Arc<str>>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Option<String>> for Bind {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Into::into))
    }
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Timestamp> for Bind {
    fn from(instant: Timestamp) -> Self {
        Self::Int(Some(instant.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Bind {
    fn from(instant: Option<Timestamp>) -> Self {
        Self::Int(instant.map(Timestamp::as_microsecond))
    }
}

impl From<bool> for Bind {
    fn from(flag: bool) -> Self {
        Self::Flag(Some(flag))
    }
}

impl From<&[u8]> for Bind {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}
