//! What a format means in bounds. A reader that does not know the format still learns the limits, and the validation
//! holds them: an integer is one that every JSON reader reads exactly (RFC 7493), an instant one that is kept exactly.

use serde_json::{Map, Value};

/// The largest integer that JSON carries exactly: 2⁵³ − 1 (RFC 7493 §2.2).
const LARGEST_EXACT: i64 = 9_007_199_254_740_991;
/// `2026-11-23T08:00:00.000000000+00:00`: an instant to the nanosecond with its offset.
const LONGEST_INSTANT: u64 = 35;
const LONGEST_DATE: u64 = 10;
/// Members whose values are data, not schemas.
const DATA: [&str; 5] = ["example", "examples", "default", "const", "enum"];

/// Writes the bounds of every format in this part of a document beside it.
pub fn spell_out(part: &mut Value) {
    match part {
        Value::Object(members) => {
            bound(members);
            members.iter_mut().filter(|(name, _)| !DATA.contains(&name.as_str())).for_each(|(_, part)| spell_out(part));
        }
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        _ => {}
    }
}

fn bound(schema: &mut Map<String, Value>) {
    match schema.get("format").and_then(Value::as_str) {
        Some("int32") => between(schema, i32::MIN.into(), i32::MAX.into()),
        Some("int64") => between(schema, -LARGEST_EXACT, LARGEST_EXACT),
        Some("date-time") => at_most(schema, LONGEST_INSTANT),
        Some("date") => at_most(schema, LONGEST_DATE),
        _ => {}
    }
}

fn between(schema: &mut Map<String, Value>, least: i64, most: i64) {
    for (bound, exclusive, limit) in [("minimum", "exclusiveMinimum", least), ("maximum", "exclusiveMaximum", most)] {
        if !schema.contains_key(exclusive) {
            schema.entry(bound).or_insert(limit.into());
        }
    }
}

fn at_most(schema: &mut Map<String, Value>, characters: u64) {
    schema.entry("maxLength").or_insert(characters.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_format_says_its_bounds_and_keeps_narrower_ones() {
        let mut document = json!({
            "count": {"type": "integer", "format": "int32", "minimum": 0},
            "since": {"type": ["string", "null"], "format": "date-time", "example": {"format": "int32"}},
        });
        spell_out(&mut document);
        assert_eq!(
            document,
            json!({
                "count": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2_147_483_647},
                "since": {
                    "type": ["string", "null"], "format": "date-time", "example": {"format": "int32"}, "maxLength": 35
                },
            })
        );
    }
}
