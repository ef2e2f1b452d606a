//! The stories: what people do with Haulgate, told through the production router, on both databases.

#[macro_use]
mod databases;

mod audits;
mod contracts;
mod control_tower;
mod day;
mod gateway;
mod people;
mod redis;
mod road;

mod access;
mod arrows;
mod breaking;
mod connectors;
mod deliveries;
mod demo;
mod documents;
mod doors;
mod drift;
mod driver;
mod edge;
mod exceptions;
mod idempotency;
mod kills;
mod lifecycle;
mod listener;
mod master_data;
mod orders;
mod overload;
mod pages;
mod partner;
mod policies;
mod preferences;
mod quotas;
mod regions;
mod relay;
mod reload;
mod routes;
mod store;
mod tokens;
mod upkeep;
mod usage;
