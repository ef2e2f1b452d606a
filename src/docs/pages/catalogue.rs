//! The first page: where to begin, and every contract.

use super::{
    Page,
    frame::{badge, escape, heading, link, prose, table},
    quickstart,
};
use crate::{
    app::App,
    contract::{Contract, Layer},
    policy::Product,
};

pub fn page(app: &App) -> Page {
    let lead = "Contracts, quickstarts, milestones and errors of this gateway. Every page is made from the code that \
        answers: what it says is what is served.";
    let body = format!(
        "<div class=\"hero\">{}</div>\n<h2>Begin here</h2>\n<div class=\"cards\">{}</div>\n<h2>Contracts</h2>\n{}<p>Machines \
         read <a href=\"/openapi\">/openapi</a>, <a href=\"/openapi/operations.txt\">all operations</a> and the \
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
    let columns = ["Contract", "Stage", "For", "Owner", "Operations", "Document"];
    let table = table(columns, contracts.map(|contract| row(app, contract)));
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

fn row(app: &App, contract: &Contract) -> [String; 6] {
    let name = contract.name();
    let law = app.law();
    let product = law.product(&name);
    let of_product = |say: &dyn Fn(&Product) -> String| product.map(|one| say(one)).unwrap_or_default();
    [
        format!(
            "<strong>{}</strong><br><span class=\"soft\">{}</span>",
            link(&format!("/docs/contracts/{name}"), &name),
            prose(contract.description())
        ),
        of_product(&|product| stage(app, product)),
        of_product(&|product| escape(&audiences(product))),
        of_product(&|product| escape(&product.entry.owner)),
        contract.operations.len().to_string(),
        documents(&name),
    ]
}

/// Where it stands in its life, and until when.
pub fn stage(app: &App, product: &Product) -> String {
    let stage = product.stage(app.clock.now()).name();
    let page = format!("/docs/lifecycle/{}", product.name);
    let until = product.withdrawal.as_ref().map(|end| {
        let day = end.sunset_at.to_string().chars().take(10).collect::<String>();
        format!("<br><span class=\"soft until\">until {}</span>", link(&page, &day))
    });
    badge(stage, stage) + &until.unwrap_or_default()
}

/// Who may subscribe, for people.
pub fn audiences(product: &Product) -> String {
    product.entry.audience.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ")
}

/// Where a contract is read, by people and by machines.
pub fn documents(name: &str) -> String {
    let name = escape(name);
    format!(
        "<span class=\"documents\"><a href=\"/docs/reference/{name}\">Reference</a> · \
         <a href=\"/openapi/{name}.yaml\">YAML</a> · <a href=\"/openapi/{name}.json\">JSON</a></span>"
    )
}
