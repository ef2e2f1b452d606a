//! A problem as callers read it: `application/problem+json` (RFC 9457) with a stable code and JSON pointers.

use super::catalogue::entry;
use crate::domain::text::Name;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, for the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Where this kind of problem is explained.
    #[schema(examples("/docs/errors/not_found"), max_length = 200)]
    pub r#type: String,
    /// The same for every problem of this type.
    #[schema(max_length = 200)]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What to do next.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// Stable: programs decide by this.
    #[schema(pattern = "^[a-z][a-z0-9_]*$", max_length = 60)]
    pub code: String,
    /// Give this to Haulgate's operators; it leads to the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32, pattern = "^[0-9a-f]{32}$")]
    pub trace_id: Option<String>,
    /// Where in the request, one entry a place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub errors: Vec<Pointed>,
    /// The quota policies that were exceeded.
    #[serde(default, rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Name>, max_items = 20)]
    pub violated_policies: Vec<String>,
}

/// One place in the request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pointed {
    /// JSON Pointer (RFC 6901) into the body, or `#header/…`, `#query/…`, `#path/…`.
    #[schema(max_length = 1000)]
    pub pointer: String,
    #[schema(max_length = 2000)]
    pub detail: String,
}

impl Pointed {
    pub fn new(pointer: &str, detail: &str) -> Self {
        Self { pointer: cut(pointer, LONGEST_POINTER), detail: cut(detail, LONGEST_DETAIL) }
    }
}

/// What the contracts promise as the longest, in characters; the log has the whole.
const LONGEST_DETAIL: usize = 2000;
const LONGEST_POINTER: usize = 1000;
const MOST_ERRORS: usize = 100;

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

impl Problem {
    /// The problem with this code of the catalogue.
    pub fn of(code: &str, detail: &str) -> Self {
        let entry = entry(code);
        Self {
            r#type: entry.type_uri(),
            title: entry.title.to_owned(),
            status: entry.status,
            detail: cut(detail, LONGEST_DETAIL),
            code: code.to_owned(),
            trace_id: None,
            errors: Vec::new(),
            violated_policies: Vec::new(),
        }
    }

    pub fn pointing(mut self, errors: impl IntoIterator<Item = Pointed>) -> Self {
        self.errors.extend(errors.into_iter().take(MOST_ERRORS));
        self
    }

    pub fn violating(mut self, policies: Vec<String>) -> Self {
        self.violated_policies = policies;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        self.trace_id = self.trace_id.or_else(crate::telemetry::current_trace_id);
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("a problem is plain data");
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(self);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
