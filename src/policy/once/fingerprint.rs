//! The fingerprint of a request: the same for the same request, however it was written.

use crate::ids::sha256;
use serde_json::Value;

/// SHA-256 over the method, what it is asked of (path and query), and the body in canonical form.
pub fn fingerprint(method: &str, target: &str, body: Option<&Value>) -> String {
    let mut text = format!("{method}\n{target}\n");
    if let Some(body) = body {
        canonical(body, &mut text);
    }
    sha256(text.as_bytes())
}

/// Members sorted by name, no spaces; numbers have one spelling as they come from a body.
fn canonical(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            to.push('{');
            for name in names {
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                canonical(&members[name], to);
                to.push(',');
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for item in items {
                canonical(item, to);
                to.push(',');
            }
            to.push(']');
        }
        plain => to.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: &str) -> String {
        fingerprint("POST", "/a", Some(&crate::body::parse(body.as_bytes()).unwrap()))
    }

    #[test]
    fn how_a_request_is_written_is_no_part_of_it() {
        assert_eq!(of(r#"{"a": 1, "b": [{"c": 2, "d": 3}]}"#), of(r#"{"b":[{"d":3,"c":2}],"a":1}"#));
        assert_eq!(of(r#"{"a": 1.0, "b": -0.0, "c": "\u0041"}"#), of(r#"{"a":1e0,"b":0,"c":"A"}"#));
    }

    #[test]
    fn another_request_has_another_fingerprint() {
        let one = fingerprint("POST", "/a", Some(&json!({"a": [1, 2]})));
        for other in [
            fingerprint("PUT", "/a", Some(&json!({"a": [1, 2]}))),
            fingerprint("POST", "/b", Some(&json!({"a": [1, 2]}))),
            fingerprint("POST", "/a?b", Some(&json!({"a": [1, 2]}))),
            fingerprint("POST", "/a", Some(&json!({"a": [2, 1]}))),
            fingerprint("POST", "/a", Some(&json!({"a": [1, 2.5]}))),
            fingerprint("POST", "/a", Some(&json!({"a": ["1", 2]}))),
            fingerprint("POST", "/a", Some(&json!({"a": [1], "b": [2]}))),
            fingerprint("POST", "/a", None),
        ] {
            assert_ne!(one, other);
        }
    }
}
