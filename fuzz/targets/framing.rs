//! The framing of HTTP/1.1: in whatever pieces a connection's bytes come, the same heads pass, and the rest goes on, is
//! refused or breaks alike.

#![no_main]

use haulgate::listener::{Framing, HeadLimits, Then};
use libfuzzer_sys::fuzz_target;

const LIMITS: HeadLimits = HeadLimits { bytes: 512, fields: 8, target: 64 };

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(input.0).max(1), input.1);
    let mut at_once = Framing::new(LIMITS);
    let whole = at_once.pass(bytes);
    assert!(whole.bytes <= bytes.len());
    let mut framing = Framing::new(LIMITS);
    let (mut begin, mut end, mut then) = (0, 0, Then::GoOn);
    while end < bytes.len() && then == Then::GoOn {
        end = (end + piece).min(bytes.len());
        let passed = framing.pass(&bytes[begin..end]);
        begin += passed.bytes;
        then = passed.then;
    }
    // Why a head is refused depends on how much of it was there to be looked at.
    assert_eq!(std::mem::discriminant(&then), std::mem::discriminant(&whole.then), "{then:?} {:?}", whole.then);
    assert_eq!(framing.heads(), at_once.heads());
    if then == Then::GoOn {
        assert_eq!((begin, framing.in_head()), (whole.bytes, at_once.in_head()));
    }
});
