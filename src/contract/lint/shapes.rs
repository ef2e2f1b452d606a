//! Schemas as they are declared, before a document keeps only the last of each name.

use serde_json::Value;
use std::collections::BTreeMap;

/// Every shape that was declared under a name.
#[derive(Debug, Default)]
pub struct Shapes(BTreeMap<String, Vec<Value>>);

impl Shapes {
    pub fn note(&mut self, name: &str, schema: Value) {
        let known = self.0.entry(name.to_owned()).or_default();
        if !known.contains(&schema) {
            known.push(schema);
        }
    }

    /// The names that stand for more than one shape.
    pub fn clashes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, shapes)| shapes.len() > 1).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_shapes_of_one_name_clash() {
        let mut shapes = Shapes::default();
        ["string", "string", "integer"].iter().for_each(|kind| shapes.note("Id", json!({"type": kind})));
        shapes.note("Other", json!({}));
        assert_eq!(shapes.clashes().collect::<Vec<_>>(), ["Id"]);
    }
}
