//! One contract: its operations, and what the policies in force ask of each.

use super::{
    Page,
    catalogue::{audiences, documents, stage},
    changelog, curl,
    frame::{block, code, escape, facts, heading, link, prose, table},
};
use crate::{
    app::App,
    contract::{Contract, Operation},
    policy::{Idempotency, Law, OperationPolicy, Product},
};

pub fn page(app: &App, name: &str) -> Option<Page> {
    let law = app.law();
    let contract = law.registry.contract(name)?;
    let rows = contract.operations.iter().map(|operation| row(contract, operation, &law));
    let columns = ["Operation", "What it does", "Scope", "Idempotency-Key", "Deadline", "Body"];
    let details: String = contract.operations.iter().map(|operation| detail(contract, operation)).collect();
    let about = law.product(name).map(|product| facts(about(app, product))).unwrap_or_default();
    let body = format!(
        "<p class=\"crumb\"><a href=\"/docs\">Contracts</a></p>\n{}<p class=\"links\">{}</p>\n{about}<h2>Operations</h2>\n{}\
         <h2>Changelog</h2>\n{}<h2>Calls to copy</h2>\n<p>With <code>HAULGATE</code> as the gateway's address and \
         <code>TOKEN</code> as an access token; words in capitals are yours to fill in.</p>\n{details}",
        heading(name, contract.description()),
        documents(name),
        table(columns, rows),
        changelog::of(name),
    );
    Some(Page { title: name.to_owned(), body })
}

/// Whose it is, whom it is for, and what it promises.
fn about(app: &App, product: &Product) -> Vec<(&'static str, String)> {
    let (entry, name) = (&product.entry, &product.name);
    let version = changelog::latest(name).unwrap_or_else(|| "not released yet".into());
    let contact = &entry.contact;
    let mut about = vec![
        ("Stage", stage(app, product)),
        ("Version", escape(&version)),
        ("For", escape(&audiences(product))),
        (
            "Owner",
            format!("{}<br><a href=\"mailto:{}\">{}</a>", escape(&entry.owner), escape(contact), escape(contact)),
        ),
        ("Available", format!("{} % of a month", entry.sla.availability_percent)),
        ("99 of 100 answers within", time(entry.sla.p99_ms.into())),
    ];
    if let Some(successor) = product.withdrawal.as_ref().and_then(|end| end.successor.as_ref()) {
        about.push(("Move to", link(&format!("/docs/contracts/{successor}"), successor)));
    }
    about
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
            of_policy(|policy| format!("≤\u{a0}{}", size(policy.body_limit)))
        } else {
            "–".into()
        },
    ]
}

fn key(policy: &OperationPolicy) -> String {
    match policy.idempotency {
        Idempotency::Required => format!("required, kept\u{a0}{}\u{a0}h", policy.retention_hours),
        Idempotency::Optional => format!("optional, kept\u{a0}{}\u{a0}h", policy.retention_hours),
        Idempotency::None => "–".into(),
    }
}

fn time(milliseconds: u64) -> String {
    if milliseconds.is_multiple_of(1000) {
        format!("{}\u{a0}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}\u{a0}ms")
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_048_576 => format!("{}\u{a0}KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{}\u{a0}MiB", bytes / 1_048_576),
        _ => format!("{}\u{a0}GiB", bytes / 1_073_741_824),
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
        block(&curl::line(contract, operation, &curl::Own::default())),
        id = operation.key.id,
        method = operation.method,
        path = escape(&operation.path),
        summary = prose(text("summary")),
    )
}
