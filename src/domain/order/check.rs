//! What an order's content has to satisfy across its fields; within a field the contract's schema says so.

use super::OrderContent;
use crate::domain::{place::Position, refused::Refused};
use std::collections::BTreeSet;

/// Every mistake at once, each with its pointer.
pub fn check(content: &OrderContent) -> Result<(), Refused> {
    let mut mistakes: Vec<(String, &str)> = Vec::new();
    if !content.window.is_forward() {
        mistakes.push(("/window".into(), "the window has to begin before it ends"));
    }
    if !is_on_the_globe(&content.address.position) {
        mistakes.push(("/address/position".into(), "the position is not on the globe"));
    }
    if content.lines.is_empty() {
        mistakes.push(("/lines".into(), "an order needs a line"));
    }
    mistakes.extend(doubled(content));
    refuse(mistakes)
}

fn doubled(content: &OrderContent) -> Vec<(String, &'static str)> {
    let mut seen = BTreeSet::new();
    let repeated = content.lines.iter().enumerate().filter(|(_, line)| !seen.insert(line.line));
    repeated.map(|(index, _)| (format!("/lines/{index}/line"), "the line number is used twice")).collect()
}

fn refuse(mistakes: Vec<(String, &str)>) -> Result<(), Refused> {
    let Some((_, first)) = mistakes.first() else { return Ok(()) };
    let refused = Refused::new("order_invalid", (*first).to_owned());
    Err(mistakes.into_iter().fold(refused, |refused, (pointer, _)| refused.at(pointer)))
}

/// Null island is where positions go that nobody measured.
pub(in crate::domain) fn is_on_the_globe(position: &Position) -> bool {
    let inside = position.latitude.abs() <= 90.0 && position.longitude.abs() <= 180.0;
    inside && (position.latitude != 0.0 || position.longitude != 0.0)
}
