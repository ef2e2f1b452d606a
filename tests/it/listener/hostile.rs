//! Requests that two readers would read in two ways, and heads that are too large: refused with a problem, and the
//! connection ends.

use super::house::{Heard, House, gateway};
use axum::{Router, body::Body, http::Request, routing::get};
use haulgate::spawn::Background;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_request_hidden_behind_another_is_never_heard() {
    let gateway = gateway().await;
    let house = House::plain(gateway.app.service()).await;
    let length = 5 + HIDDEN.len();
    for fields in [
        // The one in front goes by the length, the one behind by the chunks; and the other way round.
        format!("content-length: {length}\r\ntransfer-encoding: chunked"),
        format!("transfer-encoding: chunked\r\ncontent-length: {length}"),
        "content-length: 0\r\ntransfer-encoding: chunked".to_owned(),
        // The one reads a transfer coding where the other does not.
        "transfer-encoding: chunked, identity".to_owned(),
        "transfer-encoding: chunked\r\ntransfer-encoding: identity".to_owned(),
        "transfer-encoding:\u{b}chunked".to_owned(),
        "transfer-encoding : chunked".to_owned(),
        "x: y\r\n transfer-encoding: chunked".to_owned(),
        "x: y\ntransfer-encoding: chunked".to_owned(),
        format!("content-length: 0\r\ncontent-length: {length}"),
        format!("content-length: {length}\r\ncontent-length: {length}"),
        "content-length: +5".to_owned(),
        "host: y".to_owned(),
        "x: a\rb".to_owned(),
    ] {
        let mut wire = house.connect().await;
        let hostile = format!("POST /nowhere HTTP/1.1\r\nhost: x\r\n{fields}\r\n\r\n0\r\n\r\n{HIDDEN}");
        let heard = wire.ask(hostile).await;
        heard.problem(400, "malformed_request");
        assert!(heard.head.contains("connection: close"), "{fields:?}: {heard:?}");
        assert_eq!(wire.hear_all().await, "", "{fields:?}");
    }
    let heard = house.connect().await.ask("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n").await;
    heard.problem(400, "malformed_request");
    house.stop().await;
}

#[tokio::test]
async fn what_came_before_is_answered_first() {
    let gateway = gateway().await;
    let house = House::plain(gateway.app.service()).await;
    let mut wire = house.connect().await;
    let first = format!("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n{}", HIDDEN.replace("\r\n", "\n"));
    wire.ask(first).await.problem(404, "no_route");
    wire.hear().await.problem(400, "malformed_request");
    assert_eq!(wire.hear_all().await, "");
    house.stop().await;
}

#[tokio::test]
async fn a_chunked_body_that_is_written_otherwise_breaks_off() {
    let gateway = gateway().await;
    let house = House::plain(gateway.app.service()).await;
    let token = gateway.driver("drv_ana").token;
    for body in ["5 \r\nhello", "2\n{}", &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(1_000_000))] {
        let mut wire = house.connect().await;
        let head = format!(
            "POST /experience/driver/v1/stops/stp_x/confirmation HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nidempotency-key: \"broken-chunks\"\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        wire.say(head).await;
        wire.say(format!("{body}{HIDDEN}")).await;
        let heard = wire.hear_all().await;
        assert!(heard.matches("HTTP/1.1 ").count() <= 1, "{heard}");
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 400 "), "{heard}");
    }
    house.stop().await;
}

#[tokio::test]
async fn heads_have_bounds() {
    let gateway = gateway().await;
    let house = House::plain(gateway.app.service()).await;
    let ask = async |text: String| -> Heard { house.connect().await.ask(text).await };
    let fields = |count: usize| (0..count).map(|number| format!("x-{number}: y\r\n")).collect::<String>();
    ask(format!("GET /nowhere HTTP/1.1\r\nhost: x\r\n{}\r\n", fields(63))).await.problem(404, "no_route");
    ask(format!("GET /nowhere HTTP/1.1\r\nhost: x\r\n{}\r\n", fields(64))).await.problem(431, "head_too_large");
    ask(format!("GET /nowhere HTTP/1.1\r\nhost: x\r\n{}\r\n", fields(10_000))).await.problem(431, "head_too_large");
    let large = "y".repeat(64 * 1024);
    ask(format!("GET /nowhere HTTP/1.1\r\nhost: x\r\nx: {large}\r\n\r\n")).await.problem(431, "head_too_large");
    ask(format!("GET /{large} HTTP/1.1\r\nhost: x\r\n\r\n")).await.problem(414, "target_too_long");
    house.stop().await;
}

#[tokio::test]
async fn http_2_has_the_same_bounds() {
    let house = House::plain(gateway().await.app.service()).await;
    let stream = TokioIo::new(house.connect().await.0);
    let (mut peer, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("it speaks HTTP/2");
    drop(Background::default().spawn(connection));
    let many =
        (0..70).fold(Request::get("http://x/nowhere"), |request, number| request.header(format!("x-{number}"), "y"));
    let long = Request::get(format!("http://x/{}", "y".repeat(9000)));
    let large = Request::get("http://x/nowhere").header("x", "y".repeat(20_000));
    for (request, status) in [(Request::get("http://x/nowhere"), 404), (many, 431), (long, 414), (large, 431)] {
        let answer = peer.send_request(request.body(Body::empty()).unwrap()).await.expect("an answer");
        assert_eq!(answer.status(), status);
        answer.into_body().collect().await.expect("it ends");
    }
    drop(peer);
    house.stop().await;
}

#[tokio::test]
async fn what_is_under_way_is_finished_when_the_house_closes() {
    let (begun, go_on) =
        (std::sync::Arc::new(tokio::sync::Notify::new()), std::sync::Arc::new(tokio::sync::Notify::new()));
    let (began, may) = (begun.clone(), go_on.clone());
    let slow = get(async move || {
        began.notify_one();
        may.notified().await;
        "done"
    });
    let house = House::plain(Router::new().route("/", slow)).await;
    let (mut wire, idle) = (house.connect().await, house.connect().await);
    wire.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    begun.notified().await;
    let hears = async {
        let heard = wire.hear().await;
        (heard, wire.hear_all().await)
    };
    let closes = async { house.stop().await };
    let lets = async {
        tokio::task::yield_now().await;
        go_on.notify_one();
    };
    let ((heard, rest), (), ()) = tokio::join!(hears, closes, lets);
    assert_eq!((heard.status, heard.body.as_str(), rest.as_str()), (200, "done", ""));
    drop(idle);
}
