//! HTTP/2 as no client speaks it, frame by frame: streams that are opened only to be reset, heads without end, pings and
//! settings by the thousand, fields that would be two. The connection ends, and the neighbours notice nothing.

use super::house::House;
use axum::{Router, routing::get};
use haulgate::listener::Transport;
use std::{future::pending, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
pub const END_OF_STREAM: u8 = 1;
pub const END_OF_HEAD: u8 = 4;
/// `GET http://x/`, by the static table (RFC 7541, A).
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'x'];
/// More than any peer is waited for here.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    [&[high, middle, low, kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// A field that the tables do not have.
pub fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).expect("a short text");
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

fn stream(number: u32) -> u32 {
    number * 2 + 1
}

/// Says all of this, and answers the kinds of the frames that were heard, until the other side ends the connection.
async fn said(house: &House, frames: &[u8]) -> Vec<u8> {
    let mut wire: TcpStream = house.connect().await.0;
    let (mut ear, mut mouth) = wire.split();
    let mut heard = Vec::new();
    let speaks = async {
        let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        // Who is cut off speaks to nobody.
        drop(mouth.write_all(&hello).await);
        drop(mouth.write_all(frames).await);
    };
    let hears = async { drop(ear.read_to_end(&mut heard).await) };
    timeout(PATIENCE, async { tokio::join!(speaks, hears) }).await.expect("the connection ends");
    kinds(&heard)
}

fn kinds(mut heard: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [high, middle, low, kind, ..] = heard {
        kinds.push(*kind);
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        heard = heard.get(9 + length..).unwrap_or_default();
    }
    kinds
}

/// A house, and a neighbour in it who goes on asking.
async fn with_a_neighbour(floods: impl AsyncFnOnce(&House)) {
    let house = House::plain(Router::new().route("/", get(async || "here"))).await;
    let mut neighbour = house.connect().await;
    assert_eq!(neighbour.get("/", "").await.body, "here");
    floods(&house).await;
    assert_eq!(neighbour.get("/", "").await.body, "here");
    drop(neighbour);
    house.stop().await;
}

#[tokio::test]
async fn streams_that_are_opened_to_be_reset_end_the_connection() {
    with_a_neighbour(async |house| {
        let one = |number: u32| {
            let opened = frame(HEADERS, END_OF_STREAM | END_OF_HEAD, stream(number), GET);
            [opened, frame(RESET, 0, stream(number), &8u32.to_be_bytes())].concat()
        };
        let heard = said(house, &(0..10_000).flat_map(one).collect::<Vec<_>>()).await;
        assert!(heard.contains(&GO_AWAY), "{heard:?}");
        assert!(!heard.contains(&HEADERS), "nothing was answered: {heard:?}");
    })
    .await;
}

#[tokio::test]
async fn a_head_without_end_ends_the_connection() {
    for piece in [Vec::new(), field("x", &"y".repeat(100))] {
        with_a_neighbour(async |house| {
            let begun = frame(HEADERS, END_OF_STREAM, 1, GET);
            let more = frame(CONTINUATION, 0, 1, &piece).repeat(20_000);
            let heard = said(house, &[begun, more].concat()).await;
            assert!(!heard.contains(&HEADERS), "{heard:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn frames_that_ask_for_nothing_end_the_connection() {
    let settings = [0, 3, 0, 0, 0, 100];
    for (name, one) in [
        ("pings", frame(PING, 0, 0, b"abcdefgh")),
        ("settings", frame(SETTINGS, 0, 0, &settings)),
        ("empty settings", frame(SETTINGS, 0, 0, &[])),
        ("priorities", frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 1])),
        ("windows", frame(WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes())),
        ("unknown frames", frame(200, 0, 0, b"?")),
    ] {
        with_a_neighbour(async |house| {
            let heard = said(house, &one.repeat(50_000)).await;
            assert!(heard.len() <= 10_100, "{name}: {} frames were answered", heard.len());
        })
        .await;
    }
}

#[tokio::test]
async fn empty_pieces_of_a_body_end_the_connection() {
    with_a_neighbour(async |house| {
        let opened = frame(HEADERS, END_OF_HEAD, 1, GET);
        let heard = said(house, &[opened, frame(DATA, 0, 1, &[]).repeat(50_000)].concat()).await;
        assert!(heard.len() <= 10_100, "{} frames were answered", heard.len());
    })
    .await;
}

#[tokio::test]
async fn one_stream_too_many_is_refused() {
    const REFUSED_STREAM: u32 = 7;
    let router = Router::new().route("/", get(pending::<()>));
    let house = House::open(router, Transport::Plain, |settings| settings.streams = 3).await;
    let mut wire: TcpStream = house.connect().await.0;
    let asks = (0..4).flat_map(|number| frame(HEADERS, END_OF_STREAM | END_OF_HEAD, stream(number), GET));
    let said = [PREFACE.to_vec(), frame(SETTINGS, 0, 0, &[]), asks.collect()].concat();
    wire.write_all(&said).await.expect("it listens");
    let reset = async {
        loop {
            let mut head = [0; 9];
            wire.read_exact(&mut head).await.expect("a frame comes");
            let mut payload = vec![0; usize::from(head[2])];
            wire.read_exact(&mut payload).await.expect("it is whole");
            if head[3] == RESET {
                break (head[5..].to_vec(), payload);
            }
        }
    };
    let (which, why) = timeout(PATIENCE, reset).await.expect("one is refused");
    assert_eq!((which, why), (stream(3).to_be_bytes().to_vec(), REFUSED_STREAM.to_be_bytes().to_vec()));
    drop(wire);
    house.stop().await;
}

#[tokio::test]
async fn a_field_that_would_be_two_further_on_is_none() {
    for (name, value) in [
        ("x", "a\r\nhost: y"),
        ("x", "a\n\nGET /hidden HTTP/1.1"),
        ("x", "a\0b"),
        ("x\r\ny", "a"),
        ("x y", "a"),
        ("X", "a"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        (":path", "/hidden"),
        (":method", "GET / HTTP/1.1\r\nhost: y\r\n\r\n"),
        ("content-length", "5"),
    ] {
        with_a_neighbour(async |house| {
            let head = [GET, &field(name, value)].concat();
            let asks = frame(HEADERS, END_OF_STREAM | END_OF_HEAD, 1, &head);
            let leaves = frame(GO_AWAY, 0, 0, &[0; 8]);
            let heard = said(house, &[asks, leaves].concat()).await;
            assert!(!heard.contains(&HEADERS), "{name:?} was answered: {heard:?}");
        })
        .await;
    }
}
