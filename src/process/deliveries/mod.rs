//! Deliveries: taking in what happened at the door, whoever tells it; what proves it; and setting it right.
//!
//! `take_report` and `take_reports` are the one way in for confirmations, failures, milestones and synced items.

mod archive;
mod artifact;
mod books;
mod clocks;
pub mod confirm;
pub mod correct;
pub mod get;
mod links;
pub mod list;
mod proofs;
mod quarantine;
mod receive;
mod run;
mod taken;
mod told;
mod upload;
mod view;

pub use archive::{archive_for, archive_of};
pub use artifact::artifact_stored;
pub use clocks::note_skew;
pub use links::{ProofLink, proof_links};
pub use receive::{Standing, Taken, take_report, take_reports};
pub use run::{DayRun, RunCall, run_of};
pub use taken::{RUN_TAKEN, RunsTaken, note_taken};
pub use told::{Reporter, Told};
pub use upload::{Upload, Uploaded, take_upload, upload_progress, uploaders};
pub use view::{DeliveryPage, DeliverySummary, DeliveryView};
