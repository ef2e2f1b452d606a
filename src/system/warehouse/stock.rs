//! The warehouse over a small HTTP contract of our own: `GET {url}/picks/{number}` answers a `PickStatus`.

use super::{PickState, PickStatus, Warehouse};
use crate::system::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    http::{Outbound, Reply, Request},
    settings::WarehouseSettings,
    trouble::Trouble,
};
use async_trait::async_trait;

pub struct StockRoom {
    outbound: Outbound,
}

impl StockRoom {
    pub fn open(settings: &WarehouseSettings, caller: Caller) -> Result<Self, String> {
        let outbound = Outbound::open("warehouse", &settings.url, &settings.limits, caller)?;
        Ok(Self { outbound: outbound.with_bearer(&settings.key)? })
    }
}

#[async_trait]
impl Warehouse for StockRoom {
    async fn get_pick_status(&self, errand: &Errand, number: &str) -> Result<PickStatus, Trouble> {
        match self.outbound.send::<PickStatus>(errand, Request::get(&["picks", number])).await? {
            Reply::Good(status) if status.number == number => Ok(status),
            Reply::Good(_) => Err(Trouble::wrong_shape("warehouse", "an answer about another order")),
            Reply::Declined { status: 404, .. } => {
                Ok(PickStatus { number: number.to_owned(), state: PickState::Unknown, lines: Vec::new() })
            }
            Reply::Declined { status, .. } => Err(declined(status)),
        }
    }

    fn state(&self) -> ConnectorState {
        self.outbound.state()
    }
}

fn declined(status: u16) -> Trouble {
    Trouble::refused(
        "warehouse",
        "warehouse_refused",
        "The warehouse refused the question.",
        format!("status {status}"),
    )
}
