//! Header fields that mean the same wherever they stand: each is described once, under `components/headers`, and has the
//! same shape where a request carries it.

use super::components;
use serde_json::{Map, Value, json};

/// A header field of answers.
struct Field {
    name: &'static str,
    /// An answer that declares it always has it.
    always: bool,
    description: &'static str,
}

const FIELDS: [Field; 13] = [
    field("Deprecation", false, "Since when the contract is deprecated (RFC 9745)."),
    field("ETag", true, "The version that is shown (RFC 9110), for `If-Match` and `If-None-Match`."),
    field("Idempotent-Replayed", false, "`true` where this answer was given before under the same key."),
    field("Link", false, "Other places (RFC 8288): the `next` page, a deprecated contract's `successor-version`."),
    field("Location", true, "Where the resource is found."),
    field("Preference-Applied", false, "Which preferences of `Prefer` the answer keeps to (RFC 7240)."),
    field(
        "RateLimit",
        false,
        "What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).",
    ),
    field("RateLimit-Policy", false, "The quotas: requests `q` in a window of `w` seconds."),
    field("Retry-After", false, "After how many seconds to come back."),
    field("Sunset", false, "When the contract ends (RFC 8594)."),
    field(
        "Upload-Complete",
        true,
        "`?1` once all of the upload is here, `?0` before (draft-ietf-httpbis-resumable-upload).",
    ),
    field("Upload-Offset", true, "How many bytes are here: where to go on."),
    field(
        "WWW-Authenticate",
        false,
        "What credentials are wanted, and what was wrong with those that came (RFC 6750).",
    ),
];

const fn field(name: &'static str, always: bool, description: &'static str) -> Field {
    Field { name, always, description }
}

/// The shape of a field's value; `None` for one that has no shape of its own here.
pub fn shape(name: &str) -> Option<Value> {
    Some(match name {
        "ETag" => json!({"type": "string", "maxLength": 130, "pattern": "^\"[^\"]*\"$"}),
        "Idempotency-Key" => {
            let visible = r"[!#-+\--:<-\[\]-~]{8,128}";
            let pattern = format!("^(\"{visible}\"|{visible})$");
            json!({"type": "string", "minLength": 8, "maxLength": 130, "pattern": pattern})
        }
        "Idempotent-Replayed" => json!({"type": "string", "enum": ["true"]}),
        "RateLimit" | "RateLimit-Policy" | "If-Match" | "If-None-Match" | "Prefer" | "Preference-Applied"
        | "WWW-Authenticate" => {
            json!({"type": "string", "maxLength": 1000})
        }
        "Deprecation" => json!({"type": "string", "maxLength": 40, "pattern": "^@-?[0-9]+$"}),
        "Sunset" => json!({"type": "string", "maxLength": 40}),
        "Content-Digest" | "Last-Event-ID" => json!({"type": "string", "maxLength": 400}),
        "Link" | "Location" => json!({"type": "string", "maxLength": 4000}),
        "Retry-After" => json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 604_800}),
        "Upload-Complete" => json!({"type": "string", "enum": ["?0", "?1"]}),
        "Upload-Offset" => json!({"type": "integer", "format": "int64", "minimum": 0}),
        _ => return None,
    })
}

/// Has these fields stand among an answer's headers as references, beside or instead of what it declares itself.
pub fn add(response: &mut Value, names: &[&str]) {
    let declared = response.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut headers: Map<String, Value> = declared.into_iter().map(|(name, own)| refer(name, &own)).collect();
    for name in names {
        headers.entry(*name).or_insert_with(|| reference(name));
    }
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
}

/// What an operation declares of a field comes to a reference with its own description.
fn refer(name: String, own: &Value) -> (String, Value) {
    if shape(&name).is_none() {
        return (name, own.clone());
    }
    let mut refers = reference(&name);
    if own["description"].is_string() {
        refers["description"] = own["description"].clone();
    }
    (name, refers)
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// Writes the fields that a document refers to into its components.
pub fn keep(document: &mut Value) {
    components::keep(document, "headers", component);
}

/// The component of this name.
fn component(name: &str) -> Option<Value> {
    let known = FIELDS.iter().find(|field| field.name == name)?;
    let mut component = json!({"description": known.description});
    if known.always {
        component["required"] = true.into();
    }
    component["schema"] = shape(name)?;
    Some(component)
}
