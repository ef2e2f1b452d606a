//! Media types of a body (RFC 9110, section 8.3): case and spaces do not matter, a range covers what lies in it.

use super::spot::Spot;

pub struct Medium<'a> {
    pub name: String,
    pub at: Spot<'a>,
}

/// What a body's `content` declares.
pub fn of<'a>(body: &Spot<'a>) -> Vec<Medium<'a>> {
    let plain = |name: &str| name.to_lowercase().replace(' ', "");
    body.at("content").members().into_iter().map(|(name, at)| Medium { name: plain(name), at }).collect()
}

impl Medium<'_> {
    pub fn covers(&self, other: &Self) -> bool {
        let range = self.name.strip_suffix('*');
        self.name == other.name || self.name == "*/*" || range.is_some_and(|range| other.name.starts_with(range))
    }
}

impl<'a> Medium<'a> {
    /// Only JSON has a shape to compare; of anything else a schema says no more than that it is bytes or text.
    pub fn schema(&self) -> Spot<'a> {
        let schema = self.at.at("schema");
        if self.name.ends_with("json") { schema } else { schema.anything() }
    }
}
