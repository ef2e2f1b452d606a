//! What a caller would rather have (RFC 7240). A preference is a wish: what is not understood is passed over, and the
//! answer names what was heeded.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use std::time::Duration;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The preferences of a request that we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    shown: Option<Shown>,
    /// How long the caller would wait at most.
    wait: Option<u64>,
    respond_async: bool,
}

/// How much of what was changed the answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Minimal,
    Representation,
}

impl Preferences {
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
        let mut known = Self::default();
        let mut seen = Vec::new();
        for (name, value) in lines.flat_map(preferences) {
            // The first of several counts.
            if seen.contains(&name) {
                continue;
            }
            match (name.as_str(), value.as_str()) {
                ("return", "minimal") => known.shown = Some(Shown::Minimal),
                ("return", "representation") => known.shown = Some(Shown::Representation),
                ("wait", seconds) => known.wait = seconds.parse().ok(),
                ("respond-async", "") => known.respond_async = true,
                _ => {}
            }
            seen.push(name);
        }
        known
    }

    /// How long the request may take: what the policy allows, or less where the caller would not wait as long.
    pub fn within(&self, allowed: Duration) -> Duration {
        self.wait.map_or(allowed, |seconds| Duration::from_secs(seconds.max(1)).min(allowed))
    }

    /// The answer as it is preferred. `shows` tells whether it shows what was changed, which can be left out.
    pub fn apply(&self, mut response: Response, shows: bool, allowed: Duration) -> Response {
        let mut applied = Vec::new();
        // Only what can be followed up on was taken on: other answers say 202 for reasons of their own.
        let taken_on = response.status() == StatusCode::ACCEPTED && response.headers().contains_key(header::LOCATION);
        if self.respond_async && taken_on {
            applied.push("respond-async".to_owned());
        }
        if let Some(seconds) = self.wait.filter(|_| self.within(allowed) < allowed) {
            applied.push(format!("wait={seconds}"));
        }
        if shows {
            response.headers_mut().append(header::VARY, HeaderValue::from_static("Prefer"));
            applied.extend(self.shown.and_then(|shown| shown.apply(&mut response)).map(str::to_owned));
        }
        if let (false, Ok(value)) = (applied.is_empty(), HeaderValue::try_from(applied.join(", "))) {
            response.headers_mut().insert(APPLIED, value);
        }
        response
    }
}

impl Shown {
    fn apply(self, response: &mut Response) -> Option<&'static str> {
        let done = matches!(response.status(), StatusCode::OK | StatusCode::CREATED);
        match self {
            _ if !done => None,
            Self::Minimal => {
                leave_out(response);
                Some("return=minimal")
            }
            Self::Representation => {
                if let Some(location) = response.headers().get(header::LOCATION).cloned() {
                    response.headers_mut().insert(header::CONTENT_LOCATION, location);
                }
                Some("return=representation")
            }
        }
    }
}

/// What was made stays 201; what was changed is 204.
fn leave_out(response: &mut Response) {
    *response.body_mut() = Body::empty();
    for field in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        response.headers_mut().remove(field);
    }
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
}

/// The preferences of one line: name in lower case, and value without quotes; parameters are passed over.
fn preferences(line: &str) -> impl Iterator<Item = (String, String)> {
    parts(line, ',').into_iter().filter_map(|preference| {
        let stated = parts(preference, ';').into_iter().next()?;
        let (name, value) = stated.split_once('=').unwrap_or((stated, ""));
        let name = name.trim().to_ascii_lowercase();
        (!name.is_empty()).then(|| (name, value.trim().trim_matches('"').to_ascii_lowercase()))
    })
}

/// What stands between separators that are not quoted. Within quotes, a backslash takes its meaning from what follows.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|character| {
        quoted ^= character == '"' && !escaped;
        escaped = quoted && character == '\\' && !escaped;
        character == separator && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn whatever_a_field_holds_is_read_or_passed_over(bytes in vec(any::<u8>(), 0..60), text in "[a-z=;,\" -]{0,40}") {
            let mut headers = HeaderMap::new();
            for bytes in [bytes, text.into_bytes()] {
                headers.extend(HeaderValue::from_bytes(&bytes).ok().map(|value| (PREFER, value)));
            }
            let read = Preferences::of(&headers);
            prop_assert!(read.within(Duration::from_secs(9)) <= Duration::from_secs(9));
        }
    }

    fn of(lines: &[&str]) -> Preferences {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, HeaderValue::from_str(line).unwrap());
        }
        Preferences::of(&headers)
    }

    #[test]
    fn preferences_are_read_as_the_rfc_writes_them() {
        let minimal = Preferences { shown: Some(Shown::Minimal), ..Preferences::default() };
        for line in [
            "return=minimal",
            "Return = \"minimal\"",
            "return=minimal; foo=\"some, parameter; here\"",
            "return=minimal, return=representation",
            "priority=5, return=minimal",
            "foo=\"a, return=representation\", return=minimal",
            "foo=\"\\\", return=representation\\\\\", return=minimal",
            ", ,return=minimal,",
        ] {
            assert_eq!(of(&[line]), minimal, "{line}");
        }
        assert_eq!(of(&["return=minimal", "return=representation"]), minimal);
        let all = Preferences { shown: Some(Shown::Representation), wait: Some(10), respond_async: true };
        assert_eq!(of(&["respond-async, wait=10", "return=representation"]), all);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        for line in
            ["", "return", "return=all", "wait=soon", "wait=-1", "respond-async=1", "=minimal", "\"return=minimal"]
        {
            assert_eq!(of(&[line]), Preferences::default(), "{line}");
        }
    }

    #[test]
    fn a_caller_may_wait_less_than_is_allowed_and_never_more() {
        let allowed = Duration::from_secs(10);
        for (line, seconds) in [("wait=3", 3), ("wait=0", 1), ("wait=60", 10), ("", 10)] {
            assert_eq!(of(&[line]).within(allowed), Duration::from_secs(seconds), "{line}");
        }
    }
}
