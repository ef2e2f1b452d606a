//! What is kept, as resources: which of its members bind it.

use super::resource::{
    Attribute::{self, Carrier, Consumer, Driver, Party, Region},
    Kind, Resource,
};
use crate::{
    domain::{
        batch::Batch,
        exception::Exception,
        id::{CarrierId, PartyId, RegionId},
        master::{Master, Record},
        order::{Order, OrderContent},
        route::Route,
        shipment::Shipment,
        stop::Stop,
    },
    store::Task,
};

macro_rules! resources {
    ($($Type:ident as $Kind:ident, $id:expr, { $($attribute:ident: $value:expr),* $(,)? })*) => {$(
        impl Resource for $Type {
            fn kind(&self) -> Kind {
                Kind::$Kind
            }

            fn id(&self) -> &str {
                let id: fn(&Self) -> &str = $id;
                id(self)
            }

            fn bound_to(&self, attribute: Attribute) -> Option<&str> {
                match attribute {
                    $($attribute => {
                        let value: fn(&Self) -> Option<&str> = $value;
                        value(self)
                    })*
                    _ => None,
                }
            }
        }
    )*};
}

resources! {
    Order as Order, |it| it.id.as_str(), {
        Party: |it| Some(it.content.party.as_str()),
        Region: |it| Some(it.content.region.as_str()),
    }
    // An order that is about to be released has no id of ours yet.
    OrderContent as Order, |it| &it.number, {
        Party: |it| Some(it.party.as_str()),
        Region: |it| Some(it.region.as_str()),
    }
    Shipment as Shipment, |it| it.id.as_str(), {
        Party: |it| Some(it.party.as_str()),
        Region: |it| Some(it.region.as_str()),
    }
    Stop as Stop, |it| it.id.as_str(), {
        Party: |it| Some(it.party.as_str()),
        Region: |it| Some(it.region.as_str()),
        Driver: |it| Some(it.driver.as_ref()?.as_str()),
    }
    Route as Route, |it| it.id.as_str(), {
        Region: |it| Some(it.region.as_str()),
        Driver: |it| Some(it.driver.as_ref()?.as_str()),
        Carrier: |it| Some(it.carrier.as_ref()?.as_str()),
    }
    Exception as Exception, |it| it.id.as_str(), {
        Party: |it| Some(it.party.as_ref()?.as_str()),
        Region: |it| Some(it.region.as_str()),
    }
    Batch as Batch, |it| it.id.as_str(), { Consumer: |it| Some(&it.consumer) }
    Task as Effect, |it| it.id.as_str(), { Region: |it| Some(it.region.as_ref()?.as_str()) }
    Territory as Territory, |it| it.0.as_str(), { Region: |it| Some(it.0.as_str()) }
    Belongings as Belongings, |it| it.0.as_str(), { Party: |it| Some(it.0.as_str()) }
}

/// A region as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory(pub RegionId);

/// What a party has set for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Belongings(pub PartyId);

impl Resource for Master {
    fn kind(&self) -> Kind {
        if matches!(self.record, Record::Item(_)) { Kind::Item } else { Kind::Master }
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn bound_to(&self, attribute: Attribute) -> Option<&str> {
        let (region, carrier) = match &self.record {
            Record::Customer(it) => (Some(&it.region), None),
            Record::Item(_) => (None, None),
            Record::Zone(it) => (Some(&it.region), None),
            Record::Vehicle(it) => (Some(&it.region), it.carrier.as_ref()),
            Record::Driver(it) => (Some(&it.region), it.carrier.as_ref()),
        };
        match attribute {
            Region => region.map(RegionId::as_str),
            Carrier => carrier.map(CarrierId::as_str),
            _ => None,
        }
    }
}
