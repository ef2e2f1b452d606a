//! W3C Trace Context: one id that spans the caller, us, and the systems behind us. `tracestate` goes no further: it is what
//! tracing systems tell each other, and none of ours adds to it.

/// A position in a distributed trace: 16 bytes of trace id, 8 of span id, and the flags we pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    span: [u8; 8],
    sampled: bool,
}

impl TraceContext {
    /// Continues the caller's trace, or starts one where there is none that can be read.
    pub fn continue_from(traceparent: Option<&str>) -> Self {
        match traceparent.and_then(Self::parse) {
            Some(theirs) => Self { span: rand::random(), ..theirs },
            None => Self { trace: rand::random(), span: rand::random(), sampled: false },
        }
    }

    /// `traceparent` by the letter of W3C Trace Context §3.2; a higher version is read by its first three fields.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let version = hex::<1>(bytes.get(0..2)?)?[0];
        let separated = [2, 35, 52].iter().all(|&at| bytes.get(at) == Some(&b'-'));
        let ends = if version == 0 { bytes.len() == 55 } else { bytes.get(55).is_none_or(|&next| next == b'-') };
        if version == 0xff || !separated || !ends {
            return None;
        }
        let trace = hex::<16>(bytes.get(3..35)?)?;
        let span = hex::<8>(bytes.get(36..52)?)?;
        let flags = hex::<1>(bytes.get(53..55)?)?[0];
        (trace != [0; 16] && span != [0; 8]).then_some(Self { trace, span, sampled: flags & 1 == 1 })
    }

    pub fn trace_id(&self) -> String {
        crate::ids::hexadecimal(&self.trace)
    }

    /// The header to send on.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.trace_id(), crate::ids::hexadecimal(&self.span), u8::from(self.sampled))
    }
}

/// Lower-case hexadecimal only, as the specification asks.
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_caller_s_trace_goes_on_with_a_span_of_our_own() {
        let ours = TraceContext::continue_from(Some(GOOD));
        assert_eq!(ours.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(!ours.traceparent().contains("00f067aa0ba902b7"));
    }

    #[test]
    fn what_cannot_be_read_is_ignored() {
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.extra",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
        assert!(TraceContext::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra").is_some());
    }
}
