//! `haulgate migrate`: brings the database to the present schema.

use super::{Failure, runtime};
use crate::{clock::Clock, config::Settings, store::Store};

pub fn run(settings: Settings) -> Result<(), Failure> {
    runtime("migrate", 1)?.block_on(async {
        let store = Store::open(&settings.database, Clock::System).await.map_err(Failure::new)?;
        store.migrate().await.map_err(Failure::new)?;
        store.close().await;
        println!("The database has the present schema.");
        Ok(())
    })
}
