//! What binds a text beside its length: format, pattern and encoding. Formats of numbers are here, too.

use super::Shapes;
use crate::contract::diff::{change::Change, finding::Findings};
use serde_json::Value;

pub fn compare(shapes: &Shapes, found: &mut Findings) {
    formats(shapes, found);
    patterns(shapes, found);
    for keyword in ["contentEncoding", "contentMediaType"] {
        let (before, after) = shapes.both(keyword);
        if before != after {
            shapes.note(Change::EncodingChanged, keyword, before, after, found);
        }
    }
}

fn formats(shapes: &Shapes, found: &mut Findings) {
    let (old, new) = (shapes.old.text("format").and_then(binding), shapes.new.text("format").and_then(binding));
    let change = match (old, new) {
        (old, new) if old == new => return,
        (None, _) | (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => Change::FormatNarrowed,
        (_, None) | (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => Change::FormatWidened,
        _ => Change::FormatChanged,
    };
    let (before, after) = shapes.both("format");
    shapes.note(change, "format", before, after, found);
}

/// The widest formats of numbers say nothing beyond the type.
fn binding(format: &str) -> Option<&str> {
    (!["int64", "double"].contains(&format)).then_some(format)
}

/// Two patterns cannot be weighed against each other: a changed one takes less, as far as anyone knows.
fn patterns(shapes: &Shapes, found: &mut Findings) {
    let (before, after) = shapes.both("pattern");
    let change = match (&before, &after) {
        (before, after) if before == after => return,
        (Value::Null, _) => Change::PatternAdded,
        (_, Value::Null) => Change::PatternRemoved,
        _ => Change::PatternChanged,
    };
    shapes.note(change, "pattern", before, after, found);
}
