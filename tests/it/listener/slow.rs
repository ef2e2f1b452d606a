//! Peers that keep the gateway waiting, and too many of them.

use super::house::{House, Wire, gateway};
use axum::{Router, body::Body, http::Request, routing::get};
use haulgate::{
    listener::{ConnectionSettings, Transport},
    spawn::Background,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use tokio::{net::TcpStream, sync::Notify};

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

fn here() -> Router {
    Router::new().route("/", get(async || "here"))
}

/// A page larger than any buffer on its way, and word of its being asked for.
fn large() -> (Router, Arc<Notify>) {
    let asked = Arc::new(Notify::new());
    let word = asked.clone();
    let page = get(async move || {
        word.notify_one();
        let pieces = (0..1024).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]));
        Body::from_stream(futures_util::stream::iter(pieces))
    });
    (Router::new().route("/", page), asked)
}

async fn open(router: Router, set: impl FnOnce(&mut ConnectionSettings)) -> House {
    House::open(router, Transport::Plain, set).await
}

#[tokio::test]
async fn slow_heads_are_cut() {
    let house = open(here(), |settings| settings.head_within_ms = 40).await;
    for begun in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", "PRI * HTTP/2.0\r\n"] {
        let mut wire = house.connect().await;
        wire.say(begun).await;
        assert_eq!(wire.hear_all().await, "", "{begun:?}");
    }
    // The second head of a connection as well.
    let mut wire = house.connect().await;
    assert_eq!(wire.ask(format!("{GET}GET / HT")).await.body, "here");
    assert_eq!(wire.hear_all().await, "");
    house.stop().await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed() {
    let house = open(here(), |settings| settings.idle_ms = 40).await;
    let mut wire = house.connect().await;
    assert_eq!(wire.ask(GET).await.body, "here");
    assert_eq!(wire.hear_all().await, "");
    house.stop().await;
}

#[tokio::test]
async fn slow_bodies_are_cut() {
    let gateway = gateway().await;
    let house = open(gateway.app.service(), |settings| settings.body_within_ms = 40).await;
    let token = gateway.driver("drv_ana").token;
    let mut wire = house.connect().await;
    let head = format!(
        "POST /experience/driver/v1/stops/stp_x/confirmation HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nidempotency-key: \"slow-body-key\"\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{\"event\""
    );
    wire.ask(head).await.problem(408, "body_too_slow");
    assert_eq!(wire.hear_all().await, "");
    house.stop().await;
}

#[tokio::test]
async fn slow_readers_are_cut() {
    let (router, asked) = large();
    let house = open(router, |settings| settings.read_within_ms = 40).await;
    let mut wire = house.connect().await;
    wire.say(GET).await;
    asked.notified().await;
    // It stops only because nobody waits for a peer that does not read.
    house.stop().await;
    drop(wire);
}

#[tokio::test]
async fn a_reader_that_keeps_its_window_shut_is_cut() {
    let (router, asked) = large();
    let house = open(router, |settings| settings.read_within_ms = 40).await;
    let stream = TokioIo::new(house.connect().await.0);
    let (mut peer, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("it speaks HTTP/2");
    drop(Background::default().spawn(connection));
    let answer = peer.send_request(Request::get("http://x/").body(Body::empty()).unwrap()).await.expect("an answer");
    asked.notified().await;
    house.stop().await;
    drop(answer);
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_there_is_room_again() {
    for set in [
        |settings: &mut ConnectionSettings| settings.at_once = 2,
        |settings: &mut ConnectionSettings| settings.per_address = 2,
    ] {
        let house = open(here(), set).await;
        let (mut first, mut second) = (house.connect().await, house.connect().await);
        assert_eq!((first.ask(GET).await.status, second.ask(GET).await.status), (200, 200));
        let mut third = house.connect().await;
        third.say(GET).await;
        assert_eq!(third.hear_all().await, "");
        assert_eq!(first.ask(GET).await.status, 200);
        drop(second);
        while !is_let_in(&house).await {
            tokio::task::yield_now().await;
        }
        drop(first);
        house.stop().await;
    }
}

async fn is_let_in(house: &House) -> bool {
    let mut wire: Wire<TcpStream> = house.connect().await;
    wire.say(GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await;
    wire.hear_all().await.starts_with("HTTP/1.1 200")
}
