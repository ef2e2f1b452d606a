//! Behind nginx and HAProxy, which read a request before we do and send it on over connections that all callers share:
//! whatever an attacker tries, nobody hears another's answer, and the gateway sees no request that nobody sent.

mod careless;
mod framed;
mod proxy;
mod tries;

use super::house::{House, Wire, gateway};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use framed::Framed;
use futures_util::future::join_all;
use haulgate::{listener::Misread, spawn::Background};
use http_body_util::BodyExt;
use proxy::{Front, STAMP};
use rand::{SeedableRng, rngs::StdRng};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Attackers at once, and how often each tries over HTTP/1.1 and over HTTP/2.
const LANES: u64 = 16;
const TRIES: usize = 500;
const FRAMED_TRIES: usize = 125;
const SEED: u64 = 4;

/// What comes to the gateway without having passed the front.
#[derive(Clone, Debug, Default)]
struct Unsent(Arc<Mutex<Vec<String>>>);

impl Unsent {
    fn note(&self, told: &str) {
        self.0.lock().expect("nobody panics here").push(told.to_owned());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics here").clone()
    }
}

/// Reads the body as an operation does, so that the connection is used again.
async fn note(State(unsent): State<Unsent>, request: Request, next: Next) -> Response {
    let refused = request.extensions().get::<Misread>().is_some();
    if !refused && !request.headers().contains_key(STAMP) {
        unsent.note(&format!("{} {}", request.method(), request.uri()));
    }
    let (parts, body) = request.into_parts();
    drop(body.collect().await);
    next.run(Request::from_parts(parts, Body::empty())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_nobody_hears_anothers_answer() {
    nobody_hears_anothers_answer("behind_nginx", Front::nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_haproxy_nobody_hears_anothers_answer() {
    nobody_hears_anothers_answer("behind_haproxy", Front::haproxy).await;
}

async fn nobody_hears_anothers_answer(story: &str, start: fn(SocketAddr) -> Result<Front, String>) {
    let (gateway, unsent) = (gateway().await, Unsent::default());
    let service: Router = gateway.app.service();
    let house = House::plain(service.layer(from_fn_with_state(unsent.clone(), note))).await;
    let front = match start(house.address) {
        Ok(front) => front,
        Err(why) => return proxy::skip(story, &why),
    };
    let foreign = attacked(&front, TRIES, FRAMED_TRIES).await;
    assert!(foreign.is_empty(), "{} hear another's answer: {:?}", foreign.len(), foreign.first());
    assert_eq!(unsent.all(), [""; 0], "requests that nobody sent");
    drop(front);
    house.stop().await;
}

/// In front of a house that is careless the same tries do harm, and are noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_front_of_a_careless_house_the_same_tries_are_noticed() {
    for start in [Front::nginx, Front::haproxy] {
        let (unsent, background) = (Unsent::default(), Background::default());
        let house = careless::open(unsent.clone(), background.clone()).await;
        let front = match start(house) {
            Ok(front) => front,
            Err(why) => return proxy::skip("in_front_of_a_careless_house", &why),
        };
        let foreign = attacked(&front, TRIES / 20, 0).await;
        assert!(!foreign.is_empty() && !unsent.all().is_empty(), "{foreign:?} {unsent:?}");
    }
}

/// All attackers at once; answers what innocent ones heard that was not theirs.
async fn attacked(front: &Front, tries: usize, framed_tries: usize) -> Vec<String> {
    let lanes = (0..LANES).map(|lane| lane_of(front, lane, tries, framed_tries));
    join_all(lanes).await.into_iter().flatten().collect()
}

/// An attacker tries, and after each try somebody innocent asks; answers what they heard that was not theirs.
async fn lane_of(front: &Front, lane: u64, tries: usize, framed_tries: usize) -> Vec<String> {
    let mut dice = StdRng::seed_from_u64(SEED + lane);
    let (mut innocent, mut framed, mut foreign) = (Innocent::at(front.plain), Framed::to(front.framed), Vec::new());
    for number in 0..tries {
        let text = tries::smuggled(&mut dice, number);
        said(front.plain, &text).await;
        foreign.extend(innocent.asks(&format!("{lane}-{number}")).await.map(|heard| format!("{text:?}: {heard}")));
    }
    for number in 0..framed_tries {
        framed.try_once(&mut dice, number).await;
        foreign.extend(innocent.asks(&format!("{lane}-framed-{number}")).await);
    }
    foreign
}

/// Says this on a connection of its own, until the front ends it.
async fn said(front: SocketAddr, text: &str) {
    let mut wire = TcpStream::connect(front).await.expect("the front listens");
    if wire.write_all(text.as_bytes()).await.is_ok() {
        drop(wire.read_to_end(&mut Vec::new()).await);
    }
}

/// Somebody who only asks, over a connection that is kept.
struct Innocent {
    front: SocketAddr,
    wire: Option<Wire<BufReader<TcpStream>>>,
}

impl Innocent {
    /// How often somebody asks again whom the front itself answers, or not at all: the house may just have closed the
    /// connection it chose.
    const PATIENT: usize = 10;

    fn at(front: SocketAddr) -> Self {
        Self { front, wire: None }
    }

    /// Asks under this name; answers what was heard if it was said to somebody else.
    async fn asks(&mut self, name: &str) -> Option<String> {
        for _ in 0..Self::PATIENT {
            let mut wire = match self.wire.take() {
                Some(wire) => wire,
                None => Wire(BufReader::new(TcpStream::connect(self.front).await.expect("the front listens"))),
            };
            wire.say(format!("GET /nowhere HTTP/1.1\r\nhost: x\r\nx-correlation-id: {name}\r\n\r\n")).await;
            let Ok(heard) = wire.next().await else { continue };
            self.wire = Some(wire);
            if heard.head.contains(&format!("x-correlation-id: {name}\r\n")) {
                return None;
            }
            if heard.head.contains("x-request-id: ") {
                return Some(format!("{name} heard {heard:?}"));
            }
        }
        Some(format!("{name} was not answered"))
    }
}
