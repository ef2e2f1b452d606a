//! Haulgate: the governed API gateway between ERP, route planning and proof of delivery.
//! The modules stand in reading order, from the rules of the yard outwards.

pub mod domain;

pub mod clock;
pub mod ids;
pub mod spawn;

pub mod overload;

pub mod store;
pub mod system;

pub mod sandbox;

pub mod contract;
pub mod policy;

pub mod body;
pub mod error;
pub mod reply;

pub mod experience;
pub mod process;
pub mod relay;
pub mod system_api;

pub mod listener;

pub mod admin;
pub mod app;
pub mod config;
pub mod console;
pub mod docs;
pub mod links;
pub mod router;
pub mod stack;
pub mod telemetry;

pub mod cli;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;
