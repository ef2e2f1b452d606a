//! Refusals: a rule that says no, from where, to where, and why.

use std::borrow::Cow;

/// A command the rules do not allow. `code` is stable and part of the contracts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refused {
    pub code: &'static str,
    /// For the caller: what is the matter and what to do instead.
    pub detail: Cow<'static, str>,
    /// Where in the request, as JSON pointers.
    pub pointers: Vec<String>,
}

impl Refused {
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), pointers: Vec::new() }
    }

    /// Points at the part of the request that is refused.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointers.push(pointer.into());
        self
    }
}
