//! How things are said on a terminal.

/// So many of them, as people say it.
pub fn many(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
