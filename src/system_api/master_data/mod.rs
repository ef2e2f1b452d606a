//! Master data: each kind is put, read and listed in the same way, by the system that owns it.

mod kept;

use crate::domain::master::{Customer, Driver, Item, Record, Vehicle, Zone};
use kept::kept;

kept! {
    customers: Customer as Record::Customer, "customer",
    "/system/master-data/v1/customers", "/system/master-data/v1/customers/{id}",
    put put_customer = "put_customer", get get_customer = "get_customer", list list_customers = "list_customers"
}

kept! {
    items: Item as Record::Item, "item",
    "/system/master-data/v1/items", "/system/master-data/v1/items/{id}",
    put put_item = "put_item", get get_item = "get_item", list list_items = "list_items"
}

kept! {
    zones: Zone as Record::Zone, "zone",
    "/system/master-data/v1/zones", "/system/master-data/v1/zones/{id}",
    put put_zone = "put_zone", get get_zone = "get_zone", list list_zones = "list_zones"
}

kept! {
    vehicles: Vehicle as Record::Vehicle, "vehicle",
    "/system/master-data/v1/vehicles", "/system/master-data/v1/vehicles/{id}",
    put put_vehicle = "put_vehicle", get get_vehicle = "get_vehicle", list list_vehicles = "list_vehicles"
}

kept! {
    drivers: Driver as Record::Driver, "driver",
    "/system/master-data/v1/drivers", "/system/master-data/v1/drivers/{id}",
    put put_driver = "put_driver", get get_driver = "get_driver", list list_drivers = "list_drivers"
}
