//! Routes: plan a region's day, publish, drive and change routes by hand. One file an operation; what several of
//! them need stands in `books` (loading and writing a run), `fleet` and `view`.

mod books;
mod candidates;
mod days;
mod etas;
mod evaluation;
mod fleet;
mod milestones;
mod passages;
mod proposal;
mod publication;
mod settle;
mod tracks;
mod view;

pub mod dispatch_route;
pub mod get_route;
pub mod list_routes;
pub mod override_assignment;
pub mod positions;
pub mod publish_route;
pub mod record_milestone;
pub mod request_plan;

pub(in crate::process) use books::write_changed;
pub use books::{Books, find_route};
pub use dispatch_route::dispatch;
pub use etas::project_etas;
pub use milestones::Recorded;
pub use override_assignment::override_route;
pub use positions::{Taken, fetch_positions, take_positions};
pub use publication::{Published, publish};
pub use record_milestone::record;
pub use request_plan::plan;
pub use settle::settle_route;
pub use tracks::Tracks;
pub use view::{RouteStopView, RouteView};
