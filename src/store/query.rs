//! Lists: entities by their columns, in pages that hold still while rows come in. Reads past the cache.

use super::{
    Store,
    db::Purpose,
    error::StoreError,
    statement::{Row, Statement},
    table::{Entity, Loaded},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

/// What to list. An empty list of values means any; `limit` 0 means the largest page.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub ids: Vec<String>,
    pub regions: Vec<String>,
    pub parties: Vec<String>,
    pub statuses: Vec<String>,
    pub belongs_to: Option<String>,
    /// Belonging to any of these.
    pub belonging: Vec<String>,
    pub carried_by: Option<String>,
    /// Due in this span: from the first instant, before the second.
    pub due: Option<(Timestamp, Timestamp)>,
    pub after: Option<Cursor>,
    pub limit: u32,
    pub newest_first: bool,
    /// What whoever asks is bound by, beside what they ask for.
    pub bounds: Vec<Bound>,
}

/// Only rows with one of these values in a column; among none there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    pub column: Column,
    pub among: Vec<String>,
}

/// The columns that say whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Region,
    Party,
    BelongsTo,
    CarriedBy,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Party => "party",
            Self::BelongsTo => "belongs_to",
            Self::CarriedBy => "carried_by",
        }
    }
}

/// The largest page.
pub const LARGEST_PAGE: u32 = 1000;

/// Where a page ended: rows are ordered by when they were created, then by id, and neither ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub created: Timestamp,
    pub id: String,
}

impl Cursor {
    /// Opaque to callers.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.created.as_microsecond(), self.id))
    }

    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (created, id) = text.split_once(':')?;
        let created = Timestamp::from_microsecond(created.parse().ok()?).ok()?;
        (!id.contains('\0')).then(|| Self { created, id: id.to_owned() })
    }
}

/// One page, and where the next begins if there is more.
#[derive(Clone, Debug)]
pub struct Slice<E> {
    pub rows: Vec<Loaded<E>>,
    pub next: Option<Cursor>,
}

impl Store {
    pub async fn list<E: Entity>(&self, query: &Query) -> Result<Slice<E>, StoreError> {
        let limit = if query.limit == 0 { LARGEST_PAGE } else { query.limit.min(LARGEST_PAGE) };
        let mut statement = self.select::<E>("id, version, created, state", query);
        if let Some(Cursor { created, id }) = &query.after {
            let further = if query.newest_first { "(created, id) < " } else { "(created, id) > " };
            statement.push(" AND ").push(further).push("(").bind(*created).push(", ").bind(id).push(")");
        }
        let order = if query.newest_first { "created DESC, id DESC" } else { "created, id" };
        statement.push(" ORDER BY ").push(order).push(" LIMIT ").bind(i64::from(limit) + 1);
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        page(&rows, limit as usize)
    }

    pub async fn count<E: Entity>(&self, query: &Query) -> Result<u64, StoreError> {
        let rows = self.inner.db.read(Purpose::Serving, self.select::<E>("COUNT(*)", query)).await?;
        rows.first().map_or(Ok(0), |row| Ok(row.int(0)?.unsigned_abs()))
    }

    /// How many there are of each status.
    pub async fn tally<E: Entity>(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement = self.select::<E>("status, COUNT(*)", query);
        statement.push(" GROUP BY status ORDER BY status");
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?.unsigned_abs()))).collect()
    }

    fn select<E: Entity>(&self, columns: &str, query: &Query) -> Statement {
        let mut statement = Statement::text(self.inner.db.dialect(), "SELECT ");
        statement.push(columns).push(" FROM ").push(E::TABLE.name()).push(" WHERE 1 = 1");
        let among = [
            ("id", &query.ids),
            ("region", &query.regions),
            ("party", &query.parties),
            ("status", &query.statuses),
            ("belongs_to", &query.belonging),
        ];
        for (column, values) in among.into_iter().filter(|(_, values)| !values.is_empty()) {
            statement.push(" AND ").push(column).push(" IN ").list(values);
        }
        for (column, value) in [("belongs_to", &query.belongs_to), ("carried_by", &query.carried_by)] {
            if let Some(value) = value {
                statement.push(" AND ").push(column).push(" = ").bind(value);
            }
        }
        bound(&mut statement, &query.bounds);
        if let Some((from, until)) = query.due {
            statement.push(" AND due >= ").bind(from).push(" AND due < ").bind(until);
        }
        statement
    }
}

/// Narrows a statement to what whoever asks is bound by.
pub(super) fn bound(statement: &mut Statement, bounds: &[Bound]) {
    for Bound { column, among } in bounds {
        if among.is_empty() {
            statement.push(" AND 1 = 0");
        } else {
            statement.push(" AND ").push(column.name()).push(" IN ").list(among);
        }
    }
}

fn page<E: Entity>(rows: &[Row], limit: usize) -> Result<Slice<E>, StoreError> {
    let loaded = rows.iter().take(limit).map(|row| parse(row.int(1)?, &row.text(3)?)).collect::<Result<_, _>>()?;
    let next = match rows.get(limit.wrapping_sub(1)) {
        Some(last) if rows.len() > limit => Some(Cursor { created: last.instant(2)?, id: last.text(0)? }),
        _ => None,
    };
    Ok(Slice { rows: loaded, next })
}

/// The document of a row, as its type.
pub(super) fn parse<E: Entity>(version: i64, state: &str) -> Result<Loaded<E>, StoreError> {
    let state =
        serde_json::from_str(state).map_err(|error| StoreError::Unreadable(format!("{}: {error}", E::TABLE.name())))?;
    Ok(Loaded { version, state })
}
