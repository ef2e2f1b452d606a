//! The domain's entities as the ledger finds them: which table, which id, which columns.

use super::table::{Columns, Entity, Table};
use crate::domain::{
    batch::{Batch, BatchLine},
    customer::PartyPreferences,
    exception::Exception,
    master::{Master, Record},
    order::Order,
    proof::Proof,
    route::Route,
    shipment::Shipment,
    stop::Stop,
    webhook::PartyWebhooks,
};
use serde::Serialize;

impl Entity for Order {
    const TABLE: Table = Table::Order;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns {
            region: Some(self.content.region.to_string()),
            party: Some(self.content.party.to_string()),
            status: word(&self.state),
            due: Some(self.content.window.until),
            ..Columns::default()
        }
    }
}

impl Entity for Shipment {
    const TABLE: Table = Table::Shipment;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns {
            region: Some(self.region.to_string()),
            party: Some(self.party.to_string()),
            status: word(&self.state),
            belongs_to: Some(self.order.to_string()),
            carried_by: self.route.as_ref().map(ToString::to_string),
            due: Some(self.window.until),
        }
    }
}

impl Entity for Route {
    const TABLE: Table = Table::Route;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns {
            region: Some(self.region.to_string()),
            status: word(&self.state),
            belongs_to: self.carrier.as_ref().map(ToString::to_string),
            carried_by: self.driver.as_ref().map(ToString::to_string),
            due: Some(self.shift.until),
            ..Columns::default()
        }
    }
}

impl Entity for Stop {
    const TABLE: Table = Table::Stop;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns {
            region: Some(self.region.to_string()),
            party: Some(self.party.to_string()),
            status: word(&self.state),
            belongs_to: Some(self.route.to_string()),
            carried_by: self.driver.as_ref().map(ToString::to_string),
            due: Some(self.window.until),
        }
    }
}

impl Entity for Exception {
    const TABLE: Table = Table::Exception;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        let shipment = self.shipment.as_ref().map(ToString::to_string);
        Columns {
            region: Some(self.region.to_string()),
            party: self.party.as_ref().map(ToString::to_string),
            status: word(&self.state),
            belongs_to: shipment.or_else(|| self.order.as_ref().map(ToString::to_string)),
            carried_by: self.route.as_ref().map(ToString::to_string),
            due: None,
        }
    }
}

impl Entity for Proof {
    const TABLE: Table = Table::Proof;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns {
            region: self.region.as_ref().map(ToString::to_string),
            status: if self.stored.is_some() { "stored" } else { "named" }.to_owned(),
            belongs_to: self.shipments.first().map(ToString::to_string),
            carried_by: self.stored.as_ref().map(|stored| stored.uploaded_by.clone()),
            ..Columns::default()
        }
    }
}

impl Entity for Batch {
    const TABLE: Table = Table::Batch;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn columns(&self) -> Columns {
        Columns { status: word(&self.state), belongs_to: Some(self.consumer.clone()), ..Columns::default() }
    }
}

impl Entity for BatchLine {
    const TABLE: Table = Table::BatchLine;

    fn id(&self) -> &str {
        &self.id
    }

    fn columns(&self) -> Columns {
        let status = self.outcome.name().to_owned();
        Columns { status, belongs_to: Some(self.batch.to_string()), ..Columns::default() }
    }
}

impl Entity for PartyWebhooks {
    const TABLE: Table = Table::Webhook;

    fn id(&self) -> &str {
        self.party.as_str()
    }

    fn columns(&self) -> Columns {
        let status = if self.webhooks.is_empty() { "none" } else { "told" };
        Columns { party: Some(self.party.to_string()), status: status.to_owned(), ..Columns::default() }
    }
}

impl Entity for PartyPreferences {
    const TABLE: Table = Table::Preference;

    fn id(&self) -> &str {
        &self.id
    }

    fn columns(&self) -> Columns {
        Columns { party: Some(self.party.to_string()), status: "set".to_owned(), ..Columns::default() }
    }
}

impl Entity for Master {
    const TABLE: Table = Table::Master;

    fn id(&self) -> &str {
        &self.id
    }

    fn columns(&self) -> Columns {
        let (kind, region, carrier) = match &self.record {
            Record::Customer(it) => ("customer", Some(&it.region), None),
            Record::Item(_) => ("item", None, None),
            Record::Zone(it) => ("zone", Some(&it.region), None),
            Record::Vehicle(it) => ("vehicle", Some(&it.region), it.carrier.as_ref()),
            Record::Driver(it) => ("driver", Some(&it.region), it.carrier.as_ref()),
        };
        Columns {
            region: region.map(ToString::to_string),
            status: kind.to_owned(),
            carried_by: carrier.map(ToString::to_string),
            ..Columns::default()
        }
    }
}

/// A state as it is written on the wire.
fn word(state: &impl Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a state is written as one word, not {other:?}"),
    }
}
