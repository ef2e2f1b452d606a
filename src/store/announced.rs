//! What callers were told of the ends of contracts, kept for as long as the books are.

use super::{Store, db::Purpose, error::StoreError, statement::Statement};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Store {
    /// The latest sunset that was announced for each contract.
    pub async fn announced_sunsets(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let statement = Statement::text(self.inner.db.dialect(), "SELECT contract, sunset_at FROM announced_sunset");
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.instant(1)?))).collect()
    }

    /// Remembers the sunsets that are announced now; an earlier one than is known changes nothing.
    pub async fn announce_sunsets(&self, sunsets: &BTreeMap<String, Timestamp>) -> Result<(), StoreError> {
        if sunsets.is_empty() {
            return Ok(());
        }
        let now = self.inner.clock.now();
        let mut statement = Statement::text(
            self.inner.db.dialect(),
            "INSERT INTO announced_sunset (contract, sunset_at, announced_at) ",
        );
        statement.given(sunsets, |(contract, sunset)| vec![contract.as_str().into(), (*sunset).into(), now.into()]);
        statement.push(
            " ON CONFLICT (contract) DO UPDATE SET sunset_at = excluded.sunset_at, \
             announced_at = excluded.announced_at WHERE excluded.sunset_at > announced_sunset.sunset_at",
        );
        self.inner.db.write(statement).await.map(drop)
    }
}
