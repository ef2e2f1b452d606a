//! Errands: what travels with every call out, so that the other side's logs can be joined with ours.

use crate::ids;
use std::time::Duration;
use tokio::time::Instant;

/// One call's deadline, its names, and the key under which repeating it does no harm.
#[derive(Clone, Debug)]
pub struct Errand {
    pub deadline: Instant,
    pub correlation_id: String,
    /// The W3C trace context of who sends us; each call out is a child of it.
    pub traceparent: String,
    /// With a key a call may be repeated; the receiver does it once.
    pub idempotency_key: Option<String>,
}

impl Errand {
    pub fn within(time: Duration, correlation_id: impl Into<String>, traceparent: impl Into<String>) -> Self {
        Self {
            deadline: Instant::now() + time,
            correlation_id: correlation_id.into(),
            traceparent: traceparent.into(),
            idempotency_key: None,
        }
    }

    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The time left; zero once the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The trace context of a call made for this errand: the same trace, a span of its own. A context that is not
    /// well formed starts a new trace.
    pub fn child_traceparent(&self) -> String {
        let span = fresh_span();
        match trace_and_flags(&self.traceparent) {
            Some((trace, flags)) => format!("00-{trace}-{span}-{flags}"),
            None => format!("00-{}-{span}-00", ids::fresh_token()),
        }
    }
}

/// The last half of a fresh token is random and never all zero.
fn fresh_span() -> String {
    ids::fresh_token()[16..].to_owned()
}

fn trace_and_flags(context: &str) -> Option<(&str, &'static str)> {
    let mut parts = context.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hexadecimal = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let named = |text: &str| text.bytes().any(|byte| byte != b'0');
    let sound = hexadecimal(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hexadecimal(trace, 32)
        && named(trace)
        && hexadecimal(span, 16)
        && named(span)
        && hexadecimal(flags, 2);
    let sampled = u8::from_str_radix(flags, 16).unwrap_or_default() & 1 == 1;
    sound.then_some((trace, if sampled { "01" } else { "00" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_is_a_child_span_of_the_same_trace() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let child = Errand::within(Duration::from_secs(1), "c", parent).child_traceparent();
        assert!(child.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && child.ends_with("-01"), "{child}");
        assert_ne!(child, parent);
        assert_eq!(child.len(), 55);
    }

    #[tokio::test]
    async fn a_broken_context_starts_a_new_trace() {
        let zero = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        for broken in ["", "nonsense", zero, "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
            let child = Errand::within(Duration::from_secs(1), "c", broken).child_traceparent();
            assert_eq!(child.len(), 55, "{child}");
            assert!(!child.contains("00000000000000000000000000000000"), "{child}");
        }
    }
}
