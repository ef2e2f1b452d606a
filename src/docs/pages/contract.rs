//! One contract: its operations, and what the policies in force ask of each.

use super::{
    Page,
    catalogue::{audience, documents},
    curl,
    frame::{block, code, escape, heading, prose, table},
};
use crate::{
    app::App,
    contract::{Contract, Operation},
    policy::{Idempotency, Law, OperationPolicy},
};

pub fn page(app: &App, name: &str) -> Option<Page> {
    let law = app.law();
    let contract = law.registry.contract(name)?;
    let rows = contract.operations.iter().map(|operation| row(contract, operation, &law));
    let columns = ["Operation", "What it does", "Scope", "Idempotency-Key", "Deadline", "Body"];
    let details: String = contract.operations.iter().map(|operation| detail(contract, operation)).collect();
    let body = format!(
        "{}<p>{}</p>\n<p class=\"links\">{}</p>\n<h2>Operations</h2>\n{}<h2>Calls to copy</h2>\n<p>With \
         <code>HAULGATE</code> as the gateway's address and <code>TOKEN</code> as an access token; words in capitals are \
         yours to fill in.</p>\n{details}",
        heading(name, contract.description()),
        audience(contract.layer),
        documents(name),
        table(columns, rows),
    );
    Some(Page { title: name.to_owned(), body })
}

fn row(contract: &Contract, operation: &Operation, law: &Law) -> [String; 6] {
    let id = &operation.key.id;
    let summary = contract.operation(operation)["summary"].as_str().unwrap_or_default();
    let governed = law.governing(&operation.method, &operation.path);
    let of_policy = |say: fn(&OperationPolicy) -> String| governed.map(|one| say(&one.policy)).unwrap_or_default();
    [
        format!("<a href=\"#{id}\"><code>{id}</code></a>"),
        prose(summary),
        of_policy(|policy| code(&policy.scope)),
        of_policy(key),
        of_policy(|policy| time(policy.deadline_ms)),
        if contract.operation(operation).get("requestBody").is_some() {
            of_policy(|policy| format!("≤ {}", size(policy.body_limit)))
        } else {
            "–".into()
        },
    ]
}

fn key(policy: &OperationPolicy) -> String {
    match policy.idempotency {
        Idempotency::Required => format!("required, kept {} h", policy.retention_hours),
        Idempotency::Optional => format!("optional, kept {} h", policy.retention_hours),
        Idempotency::None => "–".into(),
    }
}

fn time(milliseconds: u64) -> String {
    if milliseconds.is_multiple_of(1000) { format!("{} s", milliseconds / 1000) } else { format!("{milliseconds} ms") }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}

fn detail(contract: &Contract, operation: &Operation) -> String {
    let declared = contract.operation(operation);
    let text = |member: &str| declared[member].as_str().unwrap_or_default();
    let described: String = text("description")
        .split("\n\n")
        .filter(|part| !part.is_empty())
        .map(|part| format!("<p>{}</p>", prose(part)))
        .collect();
    format!(
        "<section id=\"{id}\"><h3><span class=\"method {method}\">{method}</span> <code>{path}</code></h3>\n<p>\
         <strong>{summary}</strong></p>{described}\n{}</section>\n",
        block(&curl::line(contract, operation)),
        id = operation.key.id,
        method = operation.method,
        path = escape(&operation.path),
        summary = prose(text("summary")),
    )
}
