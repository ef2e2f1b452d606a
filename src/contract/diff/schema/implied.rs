//! Bounds that nobody wrote down because a format or a pattern says as much: writing them down later changes nothing.

use super::shape::Shape;
use regex_syntax::hir::Look;

/// How few and how many.
pub type Range = (Option<f64>, Option<f64>);

/// The largest integer that JSON carries exactly: 2⁵³ − 1 (RFC 7493, section 2.2).
const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

/// What the shape's numbers keep to anyway. A longer integer than JSON carries exactly was never safe to send.
pub fn number(shape: &Shape) -> Range {
    match shape.text("format") {
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        Some("int64") => (Some(-LARGEST_EXACT), Some(LARGEST_EXACT)),
        _ => (None, None),
    }
}

/// How long the shape's texts are anyway, in characters.
pub fn length(shape: &Shape) -> Range {
    let pattern = shape.text("pattern").and_then(of_pattern);
    shape.text("format").and_then(of_format).or(pattern).unwrap_or_default()
}

/// An instant has at most nine digits of a second (RFC 3339, and what clocks tell).
fn of_format(format: &str) -> Option<Range> {
    let (least, most) = match format {
        "date-time" => (20.0, 35.0),
        "date" => (10.0, 10.0),
        "uuid" => (36.0, 36.0),
        _ => return None,
    };
    Some((Some(least), Some(most)))
}

/// Only a pattern for the whole text bounds it, and only one without other letters is as long in bytes as in characters.
fn of_pattern(pattern: &str) -> Option<Range> {
    let parsed = pattern.is_ascii().then(|| regex_syntax::parse(pattern).ok())??;
    let about = parsed.properties();
    let is_whole = about.look_set_prefix().contains(Look::Start) && about.look_set_suffix().contains(Look::End);
    let number = |length: Option<usize>| length.map(|length| length as f64);
    is_whole.then(|| (number(about.minimum_len()), number(about.maximum_len())))
}
