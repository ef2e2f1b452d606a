//! Quickstarts: one an audience, its lines made from the contracts, so that a line to copy is always one that works.

mod steps;

use super::{
    Page, curl,
    frame::{block, code, escape, heading, link, prose},
};
use crate::{
    app::App,
    contract::{Contract, Operation, Registry},
};
use steps::{QUICKSTARTS, Quickstart, Step};

/// A door to each, for the first page.
pub fn cards() -> String {
    let card = |one: &Quickstart| {
        let (title, lead) = (escape(one.title), escape(one.lead));
        format!("<a href=\"/docs/quickstart/{}\"><strong>{title}</strong><span>{lead}</span></a>", one.audience)
    };
    QUICKSTARTS.iter().map(card).collect()
}

pub fn page(app: &App, audience: &str) -> Option<Page> {
    let one = QUICKSTARTS.iter().find(|one| one.audience == audience)?;
    let law = app.law();
    let steps: String = one.steps.iter().filter_map(|step| shown(&law.registry, step)).collect();
    let opening = format!("HAULGATE={}\nTOKEN=$({})\n{}", app.settings.server.public_url, one.token, one.prepare);
    let body = format!(
        "<p class=\"crumb\"><a href=\"/docs\">Contracts</a></p>\n{}<ol class=\"steps\">\n<li><div><h2>Begin</h2><p>{}</p></div>\
         {}</li>\n{steps}</ol>\n<h2>Other desks</h2>\n<div class=\"cards\">{}</div>\n",
        heading(one.title, one.lead),
        prose(
            "In a shell with `curl` and `jq`. `haulgate token` makes tokens of a running `haulgate demo`; elsewhere they come \
             from your issuer."
        ),
        block(opening.trim_end()),
        cards(),
    );
    Some(Page { title: one.title.into(), body })
}

fn shown(registry: &Registry, step: &Step) -> Option<String> {
    let (contract, operation) = found(registry, step)?;
    let own = curl::Own { begin: step.begin, query: step.query, body: step.body, file: step.file, keep: step.keep };
    let page = link(&format!("/docs/contracts/{}#{}", step.contract, step.operation), step.operation);
    Some(format!(
        "<li><div><h2>{}</h2><p>{}</p><p class=\"soft\">{page} of {}</p></div><div>{}{}</div></li>\n",
        escape(step.say),
        prose(step.then),
        code(step.contract),
        block(&curl::line(contract, operation, &own)),
        answer(contract, operation).unwrap_or_default(),
    ))
}

/// What comes back, as the contract shows it.
fn answer(contract: &Contract, operation: &Operation) -> Option<String> {
    let (status, example) = curl::answer(contract, operation)?;
    let text = serde_json::to_string_pretty(example).expect("an example is plain data");
    let title = format!("<summary>Answers {} like this</summary>", escape(status));
    Some(format!("<details class=\"answer\">{title}<pre><code>{}</code></pre></details>", escape(&text)))
}

fn found<'r>(registry: &'r Registry, step: &Step) -> Option<(&'r Contract, &'r Operation)> {
    let contract = registry.contract(step.contract)?;
    let operation = contract.operations.iter().find(|one| &*one.key.id == step.operation)?;
    Some((contract, operation))
}

/// Steps that name no operation.
pub fn missing(registry: &Registry) -> Vec<String> {
    let steps = QUICKSTARTS.iter().flat_map(|one| one.steps);
    let lost = steps.filter(|step| found(registry, step).is_none());
    lost.map(|step| format!("{} {}", step.contract, step.operation)).collect()
}
