//! The stories: what people do with Haulgate, told through the production router, on both databases.

#[macro_use]
mod databases;

mod contracts;
mod day;
mod gateway;
mod people;

mod arrows;
mod connectors;
mod deliveries;
mod driver;
mod edge;
mod master_data;
mod relay;
mod store;
