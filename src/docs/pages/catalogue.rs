//! The first page: where to begin, and every contract.

use super::{
    Page,
    frame::{escape, heading, link, prose, table},
    quickstart,
};
use crate::{
    app::App,
    contract::{Contract, Layer},
};

pub fn page(app: &App) -> Page {
    let lead = "Contracts, quickstarts, milestones and errors of this gateway. Every page is made from the code that \
        answers: what it says is what is served.";
    let body = format!(
        "{}<h2>Begin here</h2>\n<div class=\"cards\">{}</div>\n<h2>Contracts</h2>\n{}<p>Machines read \
         <a href=\"/openapi\">/openapi</a>, <a href=\"/openapi/operations.txt\">all operations</a> and the \
         <a href=\"/openapi/events.v1.yaml\">milestones (AsyncAPI)</a>.</p>\n",
        heading("Haulgate for developers", lead),
        quickstart::cards(),
        [Layer::Experience, Layer::Process, Layer::System].map(|layer| of_layer(app, layer)).concat(),
    );
    Page { title: "Contracts".into(), body }
}

fn of_layer(app: &App, layer: Layer) -> String {
    let law = app.law();
    let contracts = law.registry.contracts.iter().filter(|contract| contract.layer == layer);
    let table =
        table(["Contract", "What it is for", "Operations", "Document"], contracts.map(|contract| row(contract)));
    format!("<h3>{}</h3>\n<p>{}</p>\n{table}", title(layer), audience(layer))
}

fn title(layer: Layer) -> &'static str {
    match layer {
        Layer::Experience => "Experience",
        Layer::Process => "Process",
        Layer::System => "System",
    }
}

/// Who the contracts of a layer are for.
pub fn audience(layer: Layer) -> &'static str {
    match layer {
        Layer::Experience => "One contract an audience: partners' portals, drivers' apps, the control room.",
        Layer::Process => "The main job, for ERPs, planners, dispatchers and the back office.",
        Layer::System => "The systems of record as Haulgate sees them, for our own integrations.",
    }
}

fn row(contract: &Contract) -> [String; 4] {
    let name = contract.name();
    [
        format!("<strong>{}</strong>", link(&format!("/docs/contracts/{name}"), &name)),
        prose(contract.description()),
        contract.operations.len().to_string(),
        documents(&name),
    ]
}

/// Where a contract is read, by people and by machines.
pub fn documents(name: &str) -> String {
    let name = escape(name);
    format!(
        "<a href=\"/docs/reference/{name}\">Reference</a> · <a href=\"/openapi/{name}.yaml\">YAML</a> · \
         <a href=\"/openapi/{name}.json\">JSON</a>"
    )
}
