//! Every rule has a change that it finds and one that it lets pass, as data in `examples/`. A change of a schema is
//! played twice: once in what clients send and once in what they read.

use super::{Finding, Rule, Severity, diff};
use jiff::civil::date;
use serde_json::{Map, Value, json};

const SCHEMAS: &[&str] = &[
    include_str!("examples/types.yaml"),
    include_str!("examples/values.yaml"),
    include_str!("examples/texts.yaml"),
    include_str!("examples/bounds.yaml"),
    include_str!("examples/objects.yaml"),
    include_str!("examples/alternatives.yaml"),
];

const PROMISES: &[&str] = &[
    include_str!("examples/operations.yaml"),
    include_str!("examples/lifecycle.yaml"),
    include_str!("examples/limits.yaml"),
    include_str!("examples/parameters.yaml"),
    include_str!("examples/bodies.yaml"),
    include_str!("examples/answers.yaml"),
    include_str!("examples/security.yaml"),
];

fn examples(files: &[&str]) -> Map<String, Value> {
    let read = |text: &&str| serde_yaml_ng::from_str::<Map<String, Value>>(text).expect("the examples are YAML");
    files.iter().flat_map(read).collect()
}

/// A document around a fragment: a schema that is sent or read, an operation, or most of the document itself.
fn document(rule: Rule, fragment: &Value) -> Value {
    let content = json!({"application/json": {"schema": fragment}});
    let operation = match rule {
        Rule::Request(_) => json!({"requestBody": {"content": content}}),
        Rule::Response(_) => json!({"responses": {"200": {"content": content}}}),
        Rule::Promise(_) if fragment.get("paths").is_some() => return fragment.clone(),
        Rule::Promise(_) => fragment.clone(),
    };
    json!({
        "paths": {"/things": {"post": operation}},
        "components": {"schemas": {
            "Name": {"type": "string", "maxLength": 35},
            "Tree": {"type": "object", "properties": {"children": {
                "type": "array", "items": {"$ref": "#/components/schemas/Tree"}
            }}}
        }},
    })
}

fn found(rule: Rule, example: &Value, member: &str) -> Vec<Finding> {
    let version = |member: &str| document(rule, &example[member]);
    diff(&version("before"), &version(member), date(2026, 6, 1))
}

#[test]
fn every_rule_finds_its_change_and_lets_its_neighbour_pass() {
    let (schemas, promises) = (examples(SCHEMAS), examples(PROMISES));
    for rule in Rule::all() {
        let id = rule.id();
        let key = id.strip_prefix("request.").or(id.strip_prefix("response.")).unwrap_or(&id);
        let example = match rule {
            Rule::Promise(_) => promises.get(&id),
            _ => schemas.get(key),
        };
        let example = example.unwrap_or_else(|| panic!("{id} has no example"));
        assert!(example.get("passes").is_some(), "{id} has no example that passes");
        let broken = found(rule, example, "after");
        assert!(broken.iter().any(|one| one.rule == rule), "{id} is not found: {broken:#?}");
        let passing = found(rule, example, "passes");
        let offends = |one: &Finding| one.rule == rule || rule.severity() == Severity::Error && one.breaks();
        assert!(!passing.iter().any(offends), "{id} does not let its neighbour pass: {passing:#?}");
        assert_eq!(found(rule, example, "before"), [], "{id} finds a change where there is none");
    }
}

#[test]
fn every_example_is_of_a_rule() {
    let ids: Vec<_> = Rule::all().map(Rule::id).collect();
    let is_known = |id: &String| ids.iter().any(|known| known == id || known.ends_with(&format!(".{id}")));
    let (schemas, promises) = (examples(SCHEMAS), examples(PROMISES));
    let unknown: Vec<_> = schemas.keys().chain(promises.keys()).filter(|id| !is_known(id)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn a_preview_promises_nothing() {
    let document = |members: Value| json!({"info": {"x-lifecycle": "preview"}, "paths": {"/things": {"get": members}}});
    let (before, after) = (document(json!({"operationId": "list_things"})), document(json!({"operationId": "things"})));
    let severities: Vec<_> = diff(&before, &after, date(2026, 6, 1)).iter().map(|one| one.severity).collect();
    assert_eq!(severities, [Severity::Warning]);
}

/// What a person should review: every rule, what it weighs, and what it says.
#[test]
fn the_rules_are_these() {
    let line = |rule: Rule| {
        format!("{:<8} {:<44} {}; {}", format!("{:?}", rule.severity()), rule.id(), rule.what(), rule.why())
    };
    let mut lines: Vec<_> = Rule::all().map(line).collect();
    lines.push(format!("{} rules", Rule::all().count()));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn ids_stand_for_one_rule() {
    let mut ids: Vec<_> = Rule::all().map(Rule::id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
