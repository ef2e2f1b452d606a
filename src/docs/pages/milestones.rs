//! The table of milestones.

use super::{
    Page,
    frame::{code, heading, prose, table},
};
use crate::{
    docs::events::told,
    domain::{cloud_event::type_of, milestone::MilestoneKind},
};

pub fn page() -> Page {
    let lead = "What happens to orders, routes and shipments, told as CloudEvents 1.0: to webhooks, and to whoever \
        follows a shipment. `time` is when it happened in the world, `recordedtime` when Haulgate learnt of it; \
        `sequence` orders the events of one subject.";
    let row = |kind: &MilestoneKind| {
        let told = told(*kind);
        let members: Vec<_> = told.members().iter().map(|name| code(name)).collect();
        [code(&type_of(kind.name())), prose(told.when), prose(told.subject), members.join(" ")]
    };
    let table = table(["Type", "When", "Subject", "Data"], MilestoneKind::ALL.iter().map(row));
    let body = format!(
        "{}<p class=\"links\"><a href=\"/openapi/events.v1.yaml\">AsyncAPI document</a> · \
         <a href=\"/docs/webhooks\">How webhooks are verified</a></p>\n{table}",
        heading("Milestones", lead)
    );
    Page { title: "Milestones".into(), body }
}
