//! Where the requests of a connection begin and end: follows the bytes as they come, and lets through what can be read
//! in one way only. Beside the reader of HTTP, not in its place: it only looks.

use super::{
    chunks::Chunks,
    frames::Frames,
    head::{self, Body, HeadLimits, Misread},
};

/// How HTTP/2 begins (RFC 9113, 3.4), up to its first empty line.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// A connection's requests.
#[derive(Debug)]
pub struct Framing {
    state: State,
    limits: HeadLimits,
    /// How far the present head was searched for its end.
    searched: usize,
    /// Heads that were let through.
    heads: usize,
}

#[derive(Debug)]
enum State {
    Head,
    Data(u64),
    Chunks(Chunks),
    /// HTTP/2 frames its requests itself, and in one way only.
    Framed(Frames),
}

/// What became of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// So many may be passed on; the rest begins a head.
    pub bytes: usize,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    GoOn,
    /// The next head is not passed on.
    Refuse(Misread),
    /// The present body is broken; nothing after it can be trusted.
    Break,
    /// More frames come than anybody needs.
    Flood,
}

impl Framing {
    pub fn new(limits: HeadLimits) -> Self {
        Self { state: State::Head, limits, searched: 0, heads: 0 }
    }

    /// Heads that were let through.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Whether the next byte belongs to a head.
    pub fn in_head(&self) -> bool {
        matches!(self.state, State::Head)
    }

    /// Follows these bytes. What was not passed on has to come again, with what follows it.
    pub fn pass(&mut self, bytes: &[u8]) -> Passed {
        let mut at = 0;
        while at < bytes.len() {
            match self.step(&bytes[at..]) {
                Ok(0) => break,
                Ok(passed) => at += passed,
                Err(then) => return Passed { bytes: at, then },
            }
        }
        Passed { bytes: at, then: Then::GoOn }
    }

    fn step(&mut self, bytes: &[u8]) -> Result<usize, Then> {
        match &mut self.state {
            State::Head => self.head(bytes).map_err(Then::Refuse),
            State::Data(left) => {
                let passed = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= passed as u64;
                if *left == 0 {
                    self.state = State::Head;
                }
                Ok(passed)
            }
            State::Chunks(chunks) => {
                let (passed, over) = chunks.take(bytes).map_err(|_| Then::Break)?;
                if over {
                    self.state = State::Head;
                }
                Ok(passed)
            }
            State::Framed(frames) => frames.follow(bytes).map(|()| bytes.len()).map_err(|_| Then::Flood),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Result<usize, Misread> {
        let Some(end) = head::end(bytes, &mut self.searched)? else {
            return head::may_go_on(bytes, &self.limits).map(|()| 0);
        };
        self.state = match &bytes[..end] {
            head if head == PREFACE && self.heads == 0 => State::Framed(Frames::default()),
            head => match head::read(head, &self.limits)? {
                Body::Length(0) => State::Head,
                Body::Length(length) => State::Data(length),
                Body::Chunked => State::Chunks(Chunks::default()),
            },
        };
        (self.searched, self.heads) = (0, self.heads + 1);
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 512, fields: 8, target: 64 };
    const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    fn passed(text: &str) -> (usize, Then) {
        let Passed { bytes, then } = Framing::new(LIMITS).pass(text.as_bytes());
        (bytes, then)
    }

    #[test]
    fn requests_follow_each_other() {
        let post = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
        let chunked = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        let all = format!("{post}{GET}{chunked}{GET}");
        assert_eq!(passed(&all), (all.len(), Then::GoOn));
        assert_eq!(passed(&format!("{all}GET /half")), (all.len(), Then::GoOn));
    }

    #[test]
    fn a_request_hidden_behind_two_framings_does_not_pass() {
        let (first, hidden) = (
            GET.len(),
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nhost: x\r\n\r\n",
        );
        let (bytes, then) = passed(&format!("{GET}{hidden}"));
        assert_eq!(bytes, first);
        assert!(matches!(then, Then::Refuse(Misread::Malformed(_))));
        let broken = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\nhi";
        assert_eq!(passed(broken).1, Then::Break);
    }

    #[test]
    fn http_2_frames_itself() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        assert_eq!(passed(&format!("{preface}\n\n\n")), (preface.len() + 3, Then::GoOn));
        assert!(matches!(passed(&format!("{GET}{preface}")).1, Then::Refuse(_)));
    }

    proptest! {
        /// In whatever pieces bytes come, the same of them pass, and the same becomes of the rest.
        #[test]
        fn pieces_do_not_matter(
            parts in prop::collection::vec(prop::sample::select(vec![
                GET, "\r\n", "\n", "x", "POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n", "abc",
                "PUT /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "0\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\n", "content-length: 1\r\n",
            ]), 0..8),
            cuts in prop::collection::vec(1usize..20, 1..40),
        ) {
            let all: Vec<u8> = parts.concat().into_bytes();
            let whole = Framing::new(LIMITS).pass(&all);
            let mut framing = Framing::new(LIMITS);
            let (mut begin, mut end, mut then) = (0, 0, Then::GoOn);
            let mut cuts = cuts.iter().cycle();
            while end < all.len() && then == Then::GoOn {
                end = (end + cuts.next().unwrap()).min(all.len());
                let passed = framing.pass(&all[begin..end]);
                begin += passed.bytes;
                then = passed.then;
            }
            prop_assert_eq!(then, whole.then);
            if then == Then::GoOn {
                prop_assert_eq!(begin, whole.bytes);
            }
        }

        /// Bytes of any kind are followed without a panic.
        #[test]
        fn anything_may_come(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let passed = Framing::new(LIMITS).pass(&bytes);
            prop_assert!(passed.bytes <= bytes.len());
        }
    }
}
