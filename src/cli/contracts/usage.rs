//! `haulgate contracts usage`: who still calls what, how often, and when last; as the gateways of this database counted.

use super::Failure;
use crate::{
    cli::runtime,
    clock::Clock,
    config::Settings,
    store::{Store, UsageRow},
};
use clap::Args;

#[derive(Debug, Args)]
pub struct Usage {
    /// Only this contract, such as `experience/partner.v1`.
    #[arg(long)]
    contract: Option<String>,
    /// Only this consumer, such as `partner-acme`.
    #[arg(long)]
    consumer: Option<String>,
}

impl Usage {
    pub fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let rows = runtime("haulgate-usage", 1)?.block_on(read(settings))?;
        let rows: Vec<_> = rows.iter().filter(|row| self.asks_for(row)).collect();
        print!("{}", line(["consumer", "contract", "operation", "calls", "refused", "first seen", "last seen"]));
        rows.iter().for_each(|row| print!("{}", worded(row)));
        if rows.is_empty() {
            println!("nobody has called");
        }
        Ok(())
    }

    fn asks_for(&self, row: &UsageRow) -> bool {
        let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        fits(&self.contract, &row.contract) && fits(&self.consumer, &row.consumer)
    }
}

async fn read(settings: &Settings) -> Result<Vec<UsageRow>, Failure> {
    let store = Store::open(&settings.database, Clock::System).await.map_err(Failure::new)?;
    let rows = store.usage().await.map_err(Failure::new);
    store.close().await;
    rows
}

fn worded(row: &UsageRow) -> String {
    let second = |instant: jiff::Timestamp| format!("{instant:.0}");
    line([
        &row.consumer,
        &row.contract,
        &row.operation,
        &row.calls.to_string(),
        &row.refused.to_string(),
        &second(row.first_seen),
        &second(row.last_seen),
    ])
}

fn line(cells: [&str; 7]) -> String {
    let [consumer, contract, operation, calls, refused, first, last] = cells;
    let row = format!("{consumer:<18}{contract:<30}{operation:<28}{calls:>9}{refused:>9}  {first:<22}{last}");
    row.trim_end().to_owned() + "\n"
}
