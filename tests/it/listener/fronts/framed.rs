//! What an attacker tries over HTTP/2, where lengths are frames' own: fields that become lines and framings of HTTP/1.1
//! when a proxy writes them down for the house.

use super::tries::hidden;
use crate::listener::floods::{
    DATA, END_OF_HEAD, END_OF_STREAM, GO_AWAY, HEADERS, PREFACE, RESET, SETTINGS, field, frame,
};
use rand::{Rng, rngs::StdRng};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// `POST http://x/`, by the static table (RFC 7541, A).
const POST: &[u8] = &[0x83, 0x86, 0x84, 0x41, 1, b'x'];

const FIELDS: [(&str, &str); 24] = [
    ("content-length", "0"),
    ("content-length", "5"),
    ("content-length", "200"),
    ("content-length", "+5"),
    ("content-length", "5, 5"),
    ("content-length", "5\r\ntransfer-encoding: chunked"),
    ("transfer-encoding", "chunked"),
    ("Transfer-Encoding", "chunked"),
    ("transfer-encoding ", "chunked"),
    ("transfer-encoding: chunked\r\nx", "y"),
    ("x: y\r\ntransfer-encoding", "chunked"),
    ("x", "y\r\ntransfer-encoding: chunked"),
    ("x", "y\ntransfer-encoding: chunked"),
    ("x", "y\rtransfer-encoding: chunked"),
    ("x", "y\r\n\r\nGET /hidden/field HTTP/1.1\r\nhost: x\r\n\r\n"),
    ("x", "y\0z"),
    ("connection", "keep-alive, content-length"),
    ("te", "chunked"),
    ("upgrade", "h2c"),
    ("host", "y\r\ncontent-length: 0"),
    (":path", "/ HTTP/1.1\r\nhost: x\r\n\r\nGET /hidden/path"),
    (":authority", "x\r\ncontent-length: 0"),
    (":method", "POST / HTTP/1.1\r\nx:"),
    ("x-stamp", "mine"),
];

/// A connection that is kept until the front ends it.
pub struct Framed {
    front: SocketAddr,
    wire: Option<BufReader<TcpStream>>,
    stream: u32,
}

impl Framed {
    pub fn to(front: SocketAddr) -> Self {
        Self { front, wire: None, stream: 1 }
    }

    /// Asks once, and waits until that is answered or the connection is over.
    pub async fn try_once(&mut self, dice: &mut StdRng, number: usize) {
        let opened = self.wire.is_none();
        if opened {
            let wire = TcpStream::connect(self.front).await.expect("the front listens");
            (self.wire, self.stream) = (Some(BufReader::new(wire)), 1);
        }
        let hello = if opened { [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat() } else { Vec::new() };
        let asked = [hello, asked(dice, number, self.stream)].concat();
        if !self.goes_on(&asked).await.unwrap_or(false) {
            self.wire = None;
        }
        self.stream += 2;
    }

    /// Whether the connection goes on when the answer is over.
    async fn goes_on(&mut self, asked: &[u8]) -> std::io::Result<bool> {
        let Some(wire) = &mut self.wire else { return Ok(false) };
        wire.write_all(asked).await?;
        loop {
            let mut head = [0; 9];
            wire.read_exact(&mut head).await?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            wire.read_exact(&mut vec![0; length as usize]).await?;
            let ours = head[5..] == self.stream.to_be_bytes();
            match head[3] {
                GO_AWAY => return Ok(false),
                RESET if ours => return Ok(true),
                DATA | HEADERS if ours && head[4] & END_OF_STREAM != 0 => return Ok(true),
                _ => {}
            }
        }
    }
}

/// A head with one or two hostile fields, and a body that holds another request.
fn asked(dice: &mut StdRng, number: usize, stream: u32) -> Vec<u8> {
    let mut head = POST.to_vec();
    for _ in 0..dice.random_range(1..=2) {
        let (name, value) = FIELDS[dice.random_range(0..FIELDS.len())];
        head.extend(field(name, value));
    }
    let beginning = ["", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"][dice.random_range(0..3)];
    let body = format!("{beginning}{}", hidden(dice, number));
    let data = frame(DATA, END_OF_STREAM, stream, body.as_bytes());
    [frame(HEADERS, END_OF_HEAD, stream, &head), data].concat()
}
