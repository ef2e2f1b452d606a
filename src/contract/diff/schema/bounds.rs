//! Bounds: of numbers, lengths, items and entries. The tightest counts where several hold, and so do those that a format
//! or pattern implies.

use super::{Shapes, implied, shape::Shape};
use crate::contract::diff::{
    change::Change,
    finding::{Findings, Scope},
};
use serde_json::{Value, json};

struct Bound {
    keyword: &'static str,
    exclusive: Option<&'static str>,
    is_upper: bool,
    tightened: Change,
    loosened: Change,
}

const fn lower(keyword: &'static str, tightened: Change, loosened: Change) -> Bound {
    Bound { keyword, exclusive: None, is_upper: false, tightened, loosened }
}

const fn upper(keyword: &'static str, tightened: Change, loosened: Change) -> Bound {
    Bound { keyword, exclusive: None, is_upper: true, tightened, loosened }
}

const BOUNDS: &[Bound] = &[
    Bound { exclusive: Some("exclusiveMinimum"), ..lower("minimum", Change::MinimumRaised, Change::MinimumLowered) },
    Bound { exclusive: Some("exclusiveMaximum"), ..upper("maximum", Change::MaximumLowered, Change::MaximumRaised) },
    lower("minLength", Change::MinLengthRaised, Change::MinLengthLowered),
    upper("maxLength", Change::MaxLengthLowered, Change::MaxLengthRaised),
    lower("minItems", Change::MinItemsRaised, Change::MinItemsLowered),
    upper("maxItems", Change::MaxItemsLowered, Change::MaxItemsRaised),
    lower("minProperties", Change::MinPropertiesRaised, Change::MinPropertiesLowered),
    upper("maxProperties", Change::MaxPropertiesLowered, Change::MaxPropertiesRaised),
];

pub fn compare(shapes: &Shapes, found: &mut Findings) {
    BOUNDS.iter().for_each(|bound| bound.compare(shapes, found));
    steps(shapes, found);
    match (shapes.old.flag("uniqueItems"), shapes.new.flag("uniqueItems")) {
        (false, true) => shapes.note(Change::UniqueAsked, "uniqueItems", json!(false), json!(true), found),
        (true, false) => shapes.note(Change::UniqueDropped, "uniqueItems", json!(true), json!(false), found),
        _ => {}
    }
}

/// How far a bound lets values go: the larger, the tighter.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Edge {
    tightness: f64,
    is_exclusive: bool,
}

impl Bound {
    fn compare(&self, shapes: &Shapes, found: &mut Findings) {
        let is_written = |shape: &Shape| {
            [Some(self.keyword), self.exclusive].into_iter().flatten().any(|keyword| shape.keyword(keyword).is_some())
        };
        if !is_written(&shapes.old) && !is_written(&shapes.new) {
            return;
        }
        let (old, new) = (self.edge(&shapes.old, &shapes.scope), self.edge(&shapes.new, &shapes.scope));
        if self.is_told_by_pattern(shapes, new) {
            return;
        }
        let open = Edge { tightness: f64::NEG_INFINITY, is_exclusive: false };
        let (before, after) = (old.unwrap_or(open), new.unwrap_or(open));
        if before == after {
            return;
        }
        let change = if after > before { self.tightened } else { self.loosened };
        let keyword = self.exclusive.filter(|_| after.is_exclusive).unwrap_or(self.keyword);
        shapes.note(change, keyword, self.shown(old), self.shown(new), found);
    }

    fn edge(&self, shape: &Shape, scope: &Scope) -> Option<Edge> {
        let of = |keyword, is_exclusive| {
            let numbers = shape.keywords(keyword).filter_map(|spot| spot.value.as_f64());
            let tightness = numbers.map(|number| if self.is_upper { -number } else { number });
            tightness.map(move |tightness| Edge { tightness, is_exclusive }).collect::<Vec<_>>()
        };
        let exclusive = self.exclusive.map(|keyword| of(keyword, true)).unwrap_or_default();
        let written = of(self.keyword, false).into_iter().chain(exclusive).chain(self.implied(shape, scope));
        let edges = written.filter(|edge| self.binds(edge));
        edges.reduce(|one, other| if other > one { other } else { one })
    }

    /// The bound that holds although nobody wrote it down.
    fn implied(&self, shape: &Shape, scope: &Scope) -> Option<Edge> {
        let (least, most) = match self.keyword {
            "minLength" if scope.is_in_path() => (implied::length(shape).0.or(Some(1.0)), None),
            "minimum" | "maximum" => implied::number(shape),
            "minLength" | "maxLength" => implied::length(shape),
            _ => return None,
        };
        let tightness = if self.is_upper { most.map(|most| -most) } else { least };
        Some(Edge { tightness: tightness?, is_exclusive: false })
    }

    /// A pattern that is new says already how long its texts are.
    fn is_told_by_pattern(&self, shapes: &Shapes, new: Option<Edge>) -> bool {
        let (before, after) = shapes.both("pattern");
        before != after && self.keyword.ends_with("Length") && new == self.implied(&shapes.new, &shapes.scope)
    }

    /// At least no characters, items or entries is what holds anyway.
    fn binds(&self, edge: &Edge) -> bool {
        self.is_upper || self.exclusive.is_some() || edge.tightness > 0.0
    }

    fn shown(&self, edge: Option<Edge>) -> Value {
        let Some(edge) = edge else { return json!("unbounded") };
        let number = if self.is_upper { -edge.tightness } else { edge.tightness };
        let number = if number.fract() == 0.0 { json!(number as i64) } else { json!(number) };
        if edge.is_exclusive { json!(format!("{number}, exclusive")) } else { number }
    }
}

fn steps(shapes: &Shapes, found: &mut Findings) {
    let (before, after) = shapes.both("multipleOf");
    let whole = |number: &Value, of: &Value| match (number.as_f64(), of.as_f64()) {
        (_, None) => true,
        (Some(number), Some(of)) => (number / of).fract().abs() < 1e-9,
        (None, Some(_)) => false,
    };
    if !whole(&before, &after) {
        shapes.note(Change::StepTightened, "multipleOf", before, after, found);
    } else if !whole(&after, &before) {
        shapes.note(Change::StepLoosened, "multipleOf", before, after, found);
    }
}
