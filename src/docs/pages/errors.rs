//! The catalogue of problems: one page a code, where every problem's `type` leads.

use super::{
    Page,
    frame::{badge, block, code, escape, facts, heading, link, prose, table},
};
use crate::error::{CATALOGUE, Entry, Problem};

/// All of them.
pub fn list() -> Page {
    let lead = "Every answer that is not a success is `application/problem+json` (RFC 9457). Programs decide by `code`: \
        codes are part of the contracts, sentences are not. Give `trace_id` to Haulgate's operators.";
    let mut entries: Vec<_> = CATALOGUE.iter().collect();
    entries.sort_by_key(|entry| (entry.status, entry.code));
    let row = |entry: &&Entry| {
        [
            status(entry),
            link(&format!("/docs/errors/{}", entry.code), entry.code),
            prose(entry.title),
            prose(entry.meaning),
        ]
    };
    let table = table(["Status", "Code", "Title", "What to do"], entries.iter().map(row));
    Page { title: "Errors".into(), body: format!("{}{table}", heading("Errors", lead)) }
}

/// One of them.
pub fn page(known: &str) -> Option<Page> {
    let entry = CATALOGUE.iter().find(|entry| entry.code == known)?;
    let problem =
        Problem { trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()), ..Problem::of(known, entry.meaning) };
    let example = serde_json::to_string_pretty(&problem).expect("a problem is plain data");
    let about = [
        ("Status", status(entry)),
        ("Code", code(entry.code)),
        ("Type", code(&entry.type_uri())),
        ("Again?", prose(again(entry))),
    ];
    let body = format!(
        "<p class=\"crumb\"><a href=\"/docs/errors\">Errors</a></p>\n{}{}<h2>As it is answered</h2>\n{}",
        heading(entry.title, entry.meaning),
        facts(about),
        block(&format!("HTTP/1.1 {}\nContent-Type: application/problem+json\n\n{example}", entry.status)),
    );
    Some(Page { title: escape(entry.code), body })
}

/// Red where Haulgate failed, amber where the request did.
fn status(entry: &Entry) -> String {
    let shown = |status: u16| badge(if status < 500 { "warning" } else { "error" }, &status.to_string());
    entry.statuses().map(shown).collect::<Vec<_>>().join(" ")
}

fn again(entry: &Entry) -> &'static str {
    match (entry.status, entry.code) {
        (429 | 503, _) => "Yes, after `Retry-After` seconds, with the same `Idempotency-Key`.",
        (500 | 502 | 504, _) | (409, "in_progress" | "contended") => {
            "Yes, a little later, with the same `Idempotency-Key`."
        }
        (401, _) => "Yes, with another token.",
        (412, _) => "Yes, after reading the resource again.",
        _ => "Not as it was sent: the same request gets the same answer.",
    }
}
