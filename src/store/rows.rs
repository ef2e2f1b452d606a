//! Rows asked for by table and id: one statement for all that is wanted together, whatever the tables. Knows no type.

use super::{
    db::{Db, Purpose},
    error::StoreError,
    gather::Question,
    statement::{Dialect, Row, Statement},
    table::Table,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Which row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub table: Table,
    pub id: Arc<str>,
}

/// A row as it stands.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub version: i64,
    pub state: Arc<str>,
}

/// Rows that somebody wants together.
impl Question for Vec<Key> {
    /// Each by itself: one that cannot be read must not keep the others from whoever asked for them.
    type Answer = Vec<Result<Option<Found>, StoreError>>;

    fn weight(&self) -> usize {
        self.len()
    }

    async fn ask(db: &Db, questions: &[Self]) -> Result<Vec<Self::Answer>, StoreError> {
        let wanted = wanted(questions);
        let rows = match wanted.is_empty() {
            true => Vec::new(),
            false => db.read(Purpose::Keyed, statement(db.dialect(), &wanted)).await?,
        };
        let found = rows.iter().map(found).collect::<Result<HashMap<_, _>, StoreError>>()?;
        let answer = |key: &Key| found.get(key).cloned().transpose();
        Ok(questions.iter().map(|keys| keys.iter().map(answer).collect()).collect())
    }
}

/// Each row once. None has an id with a NUL, and PostgreSQL would refuse the whole statement for it.
fn wanted(questions: &[Vec<Key>]) -> BTreeMap<Table, BTreeSet<&Arc<str>>> {
    let mut wanted = BTreeMap::<_, BTreeSet<_>>::new();
    for key in questions.iter().flatten().filter(|key| !key.id.contains('\0')) {
        wanted.entry(key.table).or_default().insert(&key.id);
    }
    wanted
}

fn statement(dialect: Dialect, wanted: &BTreeMap<Table, BTreeSet<&Arc<str>>>) -> Statement {
    let mut statement = Statement::text(dialect, "");
    for (table, ids) in wanted {
        let (joint, number) = (if statement.is_empty() { "" } else { " UNION ALL " }, *table as usize);
        let (joint, name) = (format!("{joint}SELECT CAST({number} AS BIGINT), id, version, state FROM "), table.name());
        statement.push(&joint).push(name).push(" WHERE id IN ").padded_list(ids.iter().copied());
    }
    statement
}

fn found(row: &Row) -> Result<(Key, Result<Found, StoreError>), StoreError> {
    let table = usize::try_from(row.int(0)?).ok().and_then(|number| Table::ALL.get(number));
    let table = *table.ok_or_else(|| StoreError::Unreadable("a row of no table".to_owned()))?;
    let key = Key { table, id: row.text(1)?.into() };
    let found = row.int(2).and_then(|version| Ok(Found { version, state: row.text(3)?.into() }));
    Ok((key, found))
}
