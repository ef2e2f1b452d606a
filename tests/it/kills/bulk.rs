//! A file of thousands of orders, and a process that is killed while it takes the file in, and again while it works it
//! off: in the end every line has come to something, once.

use super::{
    books,
    client::{Caller, parsed},
    house::House,
    journal::Asked,
    load::{content, furnish},
};
use bytes::Bytes;
use futures_util::stream;
use haulgate::{
    domain::order::Order,
    store::Query,
    system::{http, settings::Limits},
};
use reqwest::{Method, header};
use serde_json::Value;
use std::{collections::BTreeSet, convert::Infallible};
use tokio::sync::mpsc;

const LINES: usize = 2_000;
/// Every so-manieth line is no order.
const BROKEN: usize = 100;
const RELEASES: &str = "/process/orders/v1/releases";

pub async fn a_release_of_thousands(house: &House) {
    let lines = lines(house);
    let erp = Caller::new(house, house.token("erp", "system:erp", &serde_json::json!({})), 0);
    let asked = erp.asked(Method::POST, RELEASES, Some("the-whole-file"), "application/x-ndjson", lines.concat());

    let instance = house.start().await;
    let (stream, halfway) = half(&lines);
    let base = instance.address.clone();
    let sending = send(&base, &asked, stream);
    let killing = async {
        // Held until then: an upload that ends is one that is complete.
        let rest = halfway.await;
        instance.kill();
        drop(rest);
    };
    let (answer, ()) = tokio::join!(sending, killing);
    assert!(answer.is_none(), "nothing is acknowledged before all of it is here");

    let instance = house.start().await;
    let accepted = erp.until_answered(&asked).await;
    assert_eq!(accepted.status, 202);
    house.journal.acknowledged(&asked, &accepted);
    let batch = format!("{RELEASES}/{}", parsed(&accepted)["batch"].as_str().expect("it has a name"));
    let waiting = progress(&erp, &batch, |now| now["waiting"].as_u64() < Some(LINES as u64 * 3 / 4)).await;
    instance.kill();
    assert!(waiting["waiting"].as_u64() > Some(0), "it is killed in the middle: {waiting}");

    let instance = house.start().await;
    progress(&erp, &batch, |now| now["state"] == "finished").await;
    every_line_once(&erp, &batch).await;
    books::answers_stand(house).await;
    house.stop(instance).await;
    let app = house.within().await;
    books::work_off(house, &app).await;
    let orders = app.store.count::<Order>(&Query::default()).await.expect("a read");
    assert_eq!(orders, (LINES - LINES / BROKEN) as u64);
    assert_eq!(house.sandbox.erp.effects().confirmed, orders);
    books::chains_hold(&app).await;
}

fn lines(house: &House) -> Vec<String> {
    let line = |number: usize| {
        let content = content(&format!("SO-bulk-{number:05}"), house.clock.now());
        if number.is_multiple_of(BROKEN) {
            return "{\"number\": \"cut\n".to_owned();
        }
        furnish(house, &content);
        format!("{}\n", serde_json::to_string(&content).expect("an order is plain data"))
    };
    (1..=LINES).map(line).collect()
}

/// A body that stops in its middle and never ends, and what resolves when that point has been reached.
fn half(lines: &[String]) -> (reqwest::Body, impl Future<Output = mpsc::Sender<Bytes>>) {
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    let body = stream::unfold(receiver, |mut receiver| async {
        Some((Ok::<_, Infallible>(receiver.recv().await?), receiver))
    });
    let pieces: Vec<Bytes> = lines[..LINES / 2].chunks(50).map(|some| Bytes::from(some.concat())).collect();
    let halfway = async move {
        for piece in pieces {
            sender.send(piece).await.expect("the upload goes on");
        }
        // Every piece has been taken; what the process has stored of them is its affair.
        drop(sender.reserve().await.expect("the upload goes on"));
        sender
    };
    (reqwest::Body::wrap_stream(body), halfway)
}

async fn send(base: &str, asked: &Asked, body: reqwest::Body) -> Option<u16> {
    let client = http::client(&Limits::default()).build().expect("a plain client");
    let request = client.post(format!("{base}{}", asked.path)).bearer_auth(&asked.token);
    let key = format!("\"{}\"", asked.key.as_deref().unwrap_or_default());
    let request = request.header("idempotency-key", key).header(header::CONTENT_TYPE, asked.media);
    request.body(body).send().await.ok().map(|answer| answer.status().as_u16())
}

/// Asks until it is so.
async fn progress(erp: &Caller<'_>, batch: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let seen = erp.get(&format!("{batch}?limit=1")).await["progress"].clone();
        assert_ne!(seen["state"], "broken_off", "{seen}");
        if is_so(&seen) {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

async fn every_line_once(erp: &Caller<'_>, batch: &str) {
    let (mut numbers, mut refused, mut orders) = (Vec::new(), 0, BTreeSet::new());
    let mut path = format!("{batch}?limit=200");
    loop {
        let page = erp.get(&path).await;
        for line in page["lines"].as_array().expect("lines") {
            numbers.push(line["line"].as_u64().expect("counted"));
            match line["outcome"].as_str() {
                Some("released") => assert!(orders.insert(line["order"].to_string()), "{line}"),
                Some("refused") => refused += 1,
                _ => panic!("not accounted for: {line}"),
            }
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{batch}?limit=200&cursor={next}");
    }
    assert_eq!(numbers, (1..=LINES as u64).collect::<Vec<_>>());
    assert_eq!((orders.len(), refused), (LINES - LINES / BROKEN, LINES / BROKEN));
}
