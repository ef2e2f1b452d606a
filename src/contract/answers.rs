//! The refusals that follow from what an operation takes: each stands once, under `components/responses`, and
//! operations refer to it.

use super::{
    assemble::{methods, paths},
    components, headers,
};
use serde_json::{Value, json};

/// A code that refusals have, with the body they have it in.
#[derive(Clone, Debug)]
pub struct ProblemCode {
    pub status: u16,
    pub code: &'static str,
    pub example: Value,
}

const PROBLEM: &str = "application/problem+json";

/// A refusal that any operation may answer with.
struct Refusal {
    status: u16,
    name: &'static str,
    description: &'static str,
    headers: &'static [&'static str],
}

/// The quotas' fields, on every answer to a consumer that is known.
pub const QUOTAS: [&str; 2] = ["RateLimit", "RateLimit-Policy"];
const COUNTED: &[&str] = &QUOTAS;
const LATER: &[&str] = &["RateLimit", "RateLimit-Policy", "Retry-After"];
const REMEMBERED: &[&str] = &["RateLimit", "RateLimit-Policy", "Idempotent-Replayed"];
const CONTENDED: &[&str] = &["RateLimit", "RateLimit-Policy", "Retry-After", "Idempotent-Replayed"];
const SCOPED: &[&str] = &["RateLimit", "RateLimit-Policy", "WWW-Authenticate"];
const CHALLENGED: &[&str] = &["WWW-Authenticate"];

const REFUSALS: [Refusal; 18] = [
    refusal(400, "Malformed", SCOPED, "The request is malformed."),
    refusal(401, "Unauthenticated", CHALLENGED, "No valid token came with the request."),
    refusal(403, "Forbidden", SCOPED, "The consumer may not call this operation."),
    refusal(404, "NotFound", REMEMBERED, "There is no such resource for this consumer."),
    refusal(408, "TooSlow", COUNTED, "The body came more slowly than is waited for."),
    refusal(
        409,
        "Conflict",
        CONTENDED,
        "The resource's state does not allow it, or the same key is still being worked on.",
    ),
    refusal(410, "Retired", &[], "The contract is past its sunset: move to its successor."),
    refusal(412, "Changed", COUNTED, "The resource has changed since the version given in `If-Match`."),
    refusal(413, "TooLarge", COUNTED, "The body is larger than the operation takes."),
    refusal(415, "UnsupportedMedia", COUNTED, "The body's media type is not one the operation takes."),
    refusal(421, "Misdirected", COUNTED, "Another deployment serves the region; the problem names its address."),
    refusal(
        422,
        "Unprocessable",
        REMEMBERED,
        "The body breaks a rule of the contract, or the key was used with another body.",
    ),
    refusal(428, "VersionRequired", COUNTED, "`If-Match` is required."),
    refusal(429, "QuotaExceeded", LATER, "A quota is used up; `Retry-After` says when to come back."),
    refusal(500, "Failed", COUNTED, "Haulgate failed; the failure is logged under the problem's `trace_id`."),
    refusal(502, "Misunderstood", COUNTED, "A system behind Haulgate answered nonsense; its owner has to look."),
    refusal(503, "Unavailable", LATER, "Haulgate or a system behind it is away; `Retry-After` says when to come back."),
    refusal(504, "TimedOut", LATER, "The deadline passed before an answer was there."),
];

const fn refusal(
    status: u16,
    name: &'static str,
    headers: &'static [&'static str],
    description: &'static str,
) -> Refusal {
    Refusal { status, name, description, headers }
}

/// What an operation takes, as far as refusals follow from it.
pub struct Taken {
    pub body: bool,
    pub path: bool,
    pub if_match: bool,
    /// Whether what it is about has a version that a condition can name.
    pub versioned: bool,
    pub writes: bool,
    /// Whether systems behind Haulgate are asked.
    pub asks: bool,
}

impl Taken {
    fn may_be_refused_with(&self, status: u16) -> bool {
        match status {
            404 => self.path || self.asks,
            409 | 422 => self.writes,
            410 => false,
            412 => self.versioned,
            428 => self.if_match,
            408 | 413 | 415 => self.body,
            502 => self.asks,
            _ => true,
        }
    }
}

/// The refusals of an operation, by status, as references.
pub fn refusals(taken: &Taken) -> impl Iterator<Item = (u16, Value)> {
    let possible = REFUSALS.iter().filter(|refusal| taken.may_be_refused_with(refusal.status));
    possible.map(|refusal| (refusal.status, reference(refusal)))
}

/// What an operation declares of a refusal itself comes to a reference with its own description.
pub fn refer(status: &str, declared: &mut Value) {
    if let Some(refusal) = REFUSALS.iter().find(|refusal| refusal.status.to_string() == status) {
        let description = declared["description"].clone();
        *declared = reference(refusal);
        declared["description"] = description;
    }
}

fn reference(refusal: &Refusal) -> Value {
    json!({"$ref": format!("#/components/responses/{}", refusal.name)})
}

/// The refusal with this status, as a reference.
pub fn refused_with(status: u16) -> Option<Value> {
    REFUSALS.iter().find(|refusal| refusal.status == status).map(reference)
}

/// Writes the refusals that a document refers to into its components, and beside each the codes it may have.
pub fn keep(document: &mut Value, codes: &[ProblemCode]) {
    components::keep(document, "responses", |name| component(name, codes));
    for operation in paths(document).flat_map(|(_, item)| methods(item)).map(|(_, operation)| operation) {
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            if response.pointer("/content/application~1problem+json").is_some() {
                name(response, status, codes);
            }
        }
    }
}

/// Names the codes that a refusal with this status may have, and shows the first.
fn name(response: &mut Value, status: &str, codes: &[ProblemCode]) {
    let codes: Vec<_> = codes.iter().filter(|one| one.status.to_string() == status).collect();
    response["x-problem-codes"] = codes.iter().map(|one| one.code).collect();
    if let Some(first) = codes.first() {
        response["content"][PROBLEM]["example"] = first.example.clone();
    }
}

/// The component of this name.
fn component(known: &str, codes: &[ProblemCode]) -> Option<Value> {
    let known = REFUSALS.iter().find(|refusal| refusal.name == known)?;
    let mut response = json!({
        "description": known.description,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    });
    name(&mut response, &known.status.to_string(), codes);
    headers::add(&mut response, known.headers);
    Some(response)
}
