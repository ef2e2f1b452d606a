//! Parameters: whether what stands in the path, the query and the header fields keeps to the published document.
//! Compiled once an operation; refuses, and never changes what was sent.

use super::schema::{Departure, departures, validator};
use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::borrow::Cow;

/// Fields whose absence and malformation have refusals of their own.
const ELSEWHERE: [&str; 2] = ["Idempotency-Key", "If-Match"];

/// What a change may be made to depend on (RFC 9110 §13).
const CONDITIONS: [&str; 2] = ["if-match", "if-none-match"];

/// The declared parameters of one operation.
#[derive(Debug)]
pub struct Parameters {
    /// Each with its place among the path's segments.
    path: Vec<(usize, Parameter)>,
    query: Vec<Parameter>,
    header: Vec<Parameter>,
    /// Whether the effect can depend on what is there: `If-Match` is declared.
    conditional: bool,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    required: bool,
    kind: Kind,
    list: Option<List>,
    validator: Validator,
}

/// As what a text is read, for the schema to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
}

/// How the items of a list stand beside each other (OpenAPI: `explode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Repeated,
    Commas,
}

impl Parameters {
    /// Those that the document declares for the operation at this path template.
    pub fn compile(document: &Value, template: &str, operation: &Value) -> Result<Self, String> {
        let segments: Vec<_> = template.split('/').collect();
        let mut compiled = Self { path: Vec::new(), query: Vec::new(), header: Vec::new(), conditional: false };
        for declared in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = Parameter::compile(document, declared)?;
            let name = parameter.name.as_str();
            match declared["in"].as_str() {
                Some("path") => {
                    let place = segments.iter().position(|segment| *segment == format!("{{{name}}}"));
                    compiled.path.push((place.ok_or_else(|| format!("{template} has no {name}"))?, parameter));
                }
                Some("query") => compiled.query.push(parameter),
                Some("header") if name == "If-Match" => compiled.conditional = true,
                Some("header") if !ELSEWHERE.contains(&name) => compiled.header.push(parameter),
                _ => {}
            }
        }
        Ok(compiled)
    }

    /// Where a request departs from them. `field` is the request's header field of this name.
    pub fn check<'a>(&self, path: &str, query: &str, field: impl Fn(&str) -> Option<Cow<'a, str>>) -> Vec<Departure> {
        let mut found = Vec::new();
        for (place, parameter) in &self.path {
            let segment = path.split('/').nth(*place).unwrap_or_default();
            match percent_decode_str(segment).decode_utf8() {
                Ok(text) => parameter.check("path", &[text], &mut found),
                Err(_) => found.push(departure("path", &parameter.name, "It is no text.")),
            }
        }
        self.check_query(query, &mut found);
        for parameter in &self.header {
            let given = field(&parameter.name);
            parameter.check("header", given.as_slice(), &mut found);
        }
        found
    }

    /// Conditions among a change's header fields that nobody would heed: it must not come about in spite of them.
    pub fn unheeded<'a>(&self, fields: impl Iterator<Item = &'a str>) -> Vec<Departure> {
        let condition = |name: &&str| !self.conditional && CONDITIONS.contains(name);
        fields.filter(condition).map(|name| departure("header", name, "The operation takes no condition.")).collect()
    }

    /// A parameter that is not declared is a mistake, too: a mistyped filter must not answer with everything.
    fn check_query(&self, query: &str, found: &mut Vec<Departure>) {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for parameter in &self.query {
            let of_it = pairs.iter().filter(|(name, _)| *name == parameter.name);
            let given: Vec<_> = of_it.map(|(_, value)| Cow::Borrowed(value.as_ref())).collect();
            parameter.check("query", &given, found);
        }
        for (name, _) in pairs.iter().filter(|(_, value)| value.contains('\0')) {
            found.push(departure("query", name, "It holds NUL."));
        }
        let declared = |name: &str| self.query.iter().any(|parameter| parameter.name == name);
        for (name, _) in pairs.iter().filter(|(name, _)| !declared(name)) {
            found.push(departure("query", name, "There is no such parameter."));
        }
    }
}

impl Parameter {
    fn compile(document: &Value, declared: &Value) -> Result<Self, String> {
        let schema = referred(document, &declared["schema"]);
        let list = (schema["type"] == "array").then(|| match declared["explode"].as_bool() {
            Some(false) => List::Commas,
            // What is left out means repetition in a query, commas elsewhere.
            None if declared["in"] != "query" => List::Commas,
            _ => List::Repeated,
        });
        let item = if list.is_some() { referred(document, &schema["items"]) } else { schema };
        Ok(Self {
            name: declared["name"].as_str().unwrap_or_default().to_owned(),
            required: declared["required"] == true,
            kind: Kind::of(item),
            list,
            validator: validator(document, schema)?,
        })
    }

    fn check(&self, place: &str, given: &[Cow<'_, str>], found: &mut Vec<Departure>) {
        let value = match (given, self.list) {
            ([], _) if self.required => return found.push(departure(place, &self.name, "It is required.")),
            ([], _) => return,
            (texts, Some(List::Repeated)) => texts.iter().map(|text| self.kind.read(text)).collect(),
            ([text], Some(List::Commas)) => text.split(',').map(|item| self.kind.read(item)).collect(),
            ([text], None) => self.kind.read(text),
            _ => return found.push(departure(place, &self.name, "It stands more than once.")),
        };
        if !self.validator.is_valid(&value) {
            let details = departures(&self.validator, &value);
            found.extend(details.iter().map(|one| departure(place, &self.name, &one.detail)));
        }
    }
}

impl Kind {
    fn of(schema: &Value) -> Self {
        match schema["type"].as_str() {
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Text,
        }
    }

    /// A text that is not of the kind stays a text, and the schema says what was wanted.
    fn read(self, text: &str) -> Value {
        let read = match self {
            Self::Text => None,
            Self::Integer => text.parse::<i64>().ok().map(Value::from),
            Self::Number => text.parse::<f64>().ok().map(Value::from),
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        read.unwrap_or_else(|| text.into())
    }
}

/// What is declared here, or what is referred to.
fn referred<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn departure(place: &str, name: &str, detail: &str) -> Departure {
    Departure { pointer: format!("#{place}/{name}"), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn departing(path: &str, query: &str, field: Option<&'static str>) -> Vec<String> {
        let document = json!({"components": {"schemas": {
            "OrderId": {"type": "string", "maxLength": 12, "pattern": "^ord_[a-z0-9]+$"},
            "State": {"type": "string", "enum": ["held", "released"]}
        }}});
        let operation = json!({"parameters": [
            {"in": "path", "name": "order", "required": true, "schema": {"$ref": "#/components/schemas/OrderId"}},
            {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": 200}},
            {"in": "query", "name": "since", "schema": {"type": "string", "format": "date-time"}},
            {"in": "query", "name": "open", "schema": {"type": "boolean"}},
            {"in": "query", "name": "day", "required": true, "schema": {"type": "string", "format": "date"}},
            {"in": "query", "name": "state", "schema":
                {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/State"}}},
            {"in": "query", "name": "near", "explode": false, "schema":
                {"type": "array", "minItems": 2, "items": {"type": "number"}}},
            {"in": "header", "name": "Upload-Complete", "schema": {"type": "string", "enum": ["?0", "?1"]}},
            {"in": "header", "name": "Idempotency-Key", "required": true, "schema": {"type": "string"}}
        ]});
        let parameters = Parameters::compile(&document, "/orders/{order}/lines", &operation).unwrap();
        let found = parameters.check(path, query, |name| field.filter(|_| name == "Upload-Complete").map(Cow::from));
        found.into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn what_keeps_to_the_document_passes() {
        let whole = "day=2026-11-23&limit=200&since=2026-11-23T08%3A00%3A00Z&open=false&state=held&state=released\
            &near=52.5,13.4";
        for query in ["day=2026-11-23", whole] {
            assert_eq!(departing("/orders/ord_1/lines", query, Some("?1")), Vec::<String>::new(), "{query}");
        }
        assert_eq!(departing("/orders/ord%5F1/lines", "day=2026-11-23", None), Vec::<String>::new());
    }

    #[test]
    fn every_departure_is_found_where_it_is() {
        for (path, query, field, pointer) in [
            ("/orders/abc/lines", "", None, "#path/order"),
            ("/orders/ord_1234567890/lines", "", None, "#path/order"),
            ("/orders/%ff/lines", "", None, "#path/order"),
            ("/orders/ord_1/lines", "limit=0", None, "#query/limit"),
            ("/orders/ord_1/lines", "limit=201", None, "#query/limit"),
            ("/orders/ord_1/lines", "limit=many", None, "#query/limit"),
            ("/orders/ord_1/lines", "limit=1.5", None, "#query/limit"),
            ("/orders/ord_1/lines", "limit=1&limit=1", None, "#query/limit"),
            ("/orders/ord_1/lines", "since=yesterday", None, "#query/since"),
            ("/orders/ord_1/lines", "open=yes", None, "#query/open"),
            ("/orders/ord_1/lines", "state=lost", None, "#query/state"),
            ("/orders/ord_1/lines", "state=held&state=held&state=held", None, "#query/state"),
            ("/orders/ord_1/lines", "near=52.5", None, "#query/near"),
            ("/orders/ord_1/lines", "near=52.5,east", None, "#query/near"),
            ("/orders/ord_1/lines", "lmit=1", None, "#query/lmit"),
            ("/orders/ord_1/lines", "", Some("yes"), "#header/Upload-Complete"),
        ] {
            let query = format!("day=2026-11-23&{query}");
            assert_eq!(departing(path, &query, field), [pointer], "{path}?{query} {field:?}");
        }
        assert_eq!(departing("/orders/ord_1/lines", "day=2026-11-31", None), ["#query/day"]);
        assert_eq!(departing("/orders/ord_1/lines", "", None), ["#query/day"]);
    }
}
