//! Examples: every JSON body shows one. Where the code declares none, it is put together from the examples of its parts,
//! and for words that have none from `SAMPLES`. A test holds all of them against their schemas.

use serde_json::{Map, Value, json};

/// Longer chains of schemas than any document has.
const DEEPEST: usize = 16;
const DAY: &str = "2026-11-23";
const INSTANT: &str = "2026-11-23T08:00:00Z";

/// What a field or a schema of this name looks like: one order of the demo's day.
const SAMPLES: &[(&str, &str)] = &[
    ("Actor", "control-room"),
    ("CarrierId", "car_kestrel"),
    ("DriverId", "drv_ana"),
    ("ExceptionId", "exc_5f1c0a9be27d4431aa02.1.1.receiver_absent"),
    ("InvoiceNumber", "INV-2026-004711"),
    ("ItemId", "itm_pump"),
    ("OrderId", "ord_5f1c0a9be27d4431aa02"),
    ("PartyId", "pty_acme"),
    ("RegionId", "reg_north"),
    ("RouteId", "rte_north-7"),
    ("Sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("ShipmentId", "shp_5f1c0a9be27d4431aa02.1"),
    ("Skill", "tail_lift"),
    ("StopId", "stp_5f1c0a9be27d4431aa02.1.1"),
    ("VehicleId", "veh_007"),
    ("city", "Hamburg"),
    ("code", "receiver_absent"),
    ("Code", "receiver_absent"),
    ("country", "DE"),
    ("customer", "Acme Industries"),
    ("description", "Circulation pump"),
    ("detail", "Nobody was there to take it."),
    ("device", "gps-0042"),
    ("document", "DN-2026-000815"),
    ("failure", "receiver_absent"),
    ("id", "shp_5f1c0a9be27d4431aa02.1"),
    ("job", "shp_5f1c0a9be27d4431aa02.1"),
    ("media_type", "image/jpeg"),
    ("name", "Acme Industries"),
    ("note", "Rang twice, left a card."),
    ("notify", "mailto:dock@acme.example"),
    ("number", "SO-2026-004711"),
    ("order_number", "SO-2026-004711"),
    ("postal_code", "20457"),
    ("reason", "The receiver asked for it by telephone."),
    ("received_by", "M. Weber"),
    ("reference", "shp_5f1c0a9be27d4431aa02.1"),
    ("secret", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("segment", "industry"),
    ("street", "Am Sandtorkai 1"),
    ("subject", "Your delivery is on its way"),
    ("text", "It arrives between 8 and 12."),
    ("to", "mailto:dock@acme.example"),
    ("unit", "PCE"),
];

/// The media types whose bodies people read.
pub fn is_readable(media: &str) -> bool {
    media.ends_with("json") || media.starts_with("text/")
}

/// Gives every JSON body an example: its schema where that has a name, else the body itself.
pub fn complete(document: &mut Value) {
    let lacking: Vec<_> = bodies(document).into_iter().filter(|at| !has_example(document, at)).collect();
    for at in lacking {
        let schema = &document.pointer(&at).expect("it was found there")["schema"];
        let named = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#')).map(str::to_owned);
        let Some(example) = of(document, schema, "", 0) else { continue };
        match named.and_then(|pointer| document.pointer_mut(&pointer)) {
            Some(schema) => schema["examples"] = json!([example]),
            None => document.pointer_mut(&at).expect("it was found there")["example"] = example,
        }
    }
}

/// Where the document's JSON bodies are declared.
fn bodies(document: &Value) -> Vec<String> {
    fn within(part: &Value, at: String, found: &mut Vec<String>) {
        let Some(members) = part.as_object() else { return };
        for (name, part) in members {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if name.ends_with("json") && part.get("schema").is_some() {
                found.push(at);
            } else if !["schemas", "example", "examples"].contains(&name.as_str()) {
                within(part, at, found);
            }
        }
    }
    let mut found = Vec::new();
    within(document, String::new(), &mut found);
    found
}

fn has_example(document: &Value, at: &str) -> bool {
    document.pointer(at).is_some_and(|body| shown(document, body))
}

/// Whether a body shows an example: its own, or its schema's.
pub fn shown(document: &Value, body: &Value) -> bool {
    let schema = followed(document, &body["schema"]);
    [body, schema].iter().any(|one| one.get("example").is_some() || one.get("examples").is_some())
}

fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let referred = schema["$ref"].as_str().and_then(|at| document.pointer(at.strip_prefix('#')?));
    referred.unwrap_or(schema)
}

/// An example of a schema; none where a part that has to be there has none. `name` is the field's.
fn of(document: &Value, schema: &Value, name: &str, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(at) = schema["$ref"].as_str() {
        let target = document.pointer(at.strip_prefix('#')?)?;
        let known = at.rsplit('/').next().unwrap_or_default();
        return of(document, target, if sample(known).is_some() { known } else { name }, depth + 1);
    }
    let told = [&schema["example"], &schema["examples"][0], &schema["const"], &schema["default"], &schema["enum"][0]];
    if let Some(told) = told.into_iter().find(|one| !one.is_null()) {
        return Some(told.clone());
    }
    let parts = |join: &str| schema[join].as_array().into_iter().flatten();
    if let Some(one) = parts("oneOf").chain(parts("anyOf")).find_map(|one| of(document, one, name, depth + 1)) {
        return Some(one);
    }
    let inherited = parts("allOf").filter_map(|part| of(document, part, name, depth + 1)).reduce(merged);
    match kind(schema) {
        Some("object") => {
            let own = object(document, schema, depth)?;
            Some(inherited.map_or(own.clone(), |inherited| merged(inherited, own)))
        }
        Some("array") => Some(list(document, schema, name, depth)),
        Some("string") => text(schema, name),
        Some("integer" | "number") => Some(number(schema)),
        Some("boolean") => Some(json!(false)),
        _ => inherited,
    }
}

fn kind(schema: &Value) -> Option<&str> {
    let kinds = schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str);
    schema["type"].as_str().or_else(|| kinds.into_iter().find(|kind| *kind != "null")).filter(|kind| *kind != "null")
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (_, other) => other,
    }
}

fn object(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut members = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        match of(document, property, name, depth + 1) {
            Some(example) => drop(members.insert(name.clone(), example)),
            None if required.contains(&name.as_str()) => return None,
            None => {}
        }
    }
    Some(Value::Object(members))
}

fn list(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    of(document, &schema["items"], name, depth + 1).map_or_else(|| json!([]), |item| json!([item]))
}

fn text(schema: &Value, name: &str) -> Option<Value> {
    match schema["format"].as_str() {
        Some("date-time") => Some(json!(INSTANT)),
        Some("date") => Some(json!(DAY)),
        Some("uri") => Some(json!("https://hooks.acme.example/haulgate")),
        _ => sample(name).map(Value::from),
    }
}

fn sample(name: &str) -> Option<&'static str> {
    SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, sample)| *sample)
}

/// The least that is more than nothing, where the bounds let it.
fn number(schema: &Value) -> Value {
    let bound = |keyword: &str| schema[keyword].as_f64();
    let wished = bound("minimum").unwrap_or(1.0).max(1.0);
    let number = bound("maximum").map_or(wished, |most| wished.min(most));
    if kind(schema) == Some("integer") { json!(number as i64) } else { json!(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_put_together_from_its_parts() {
        let mut document = json!({
            "paths": {"/stops": {"get": {"responses": {"200": {"content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Stop"}},
            }}}}}},
            "components": {"schemas": {
                "Stop": {"type": "object", "required": ["id", "at"], "properties": {
                    "id": {"$ref": "#/components/schemas/StopId"},
                    "at": {"type": "string", "format": "date-time"},
                    "attempt": {"type": ["integer", "null"], "minimum": 0},
                    "unheard_of": {"type": "string"},
                }},
                "StopId": {"type": "string"},
            }},
        });
        complete(&mut document);
        assert_eq!(
            document["components"]["schemas"]["Stop"]["examples"],
            json!([{"id": "stp_5f1c0a9be27d4431aa02.1.1", "at": INSTANT, "attempt": 1}])
        );
    }
}
