//! What the gate costs a request, layer by layer: a price list. Everything is asked as the gate asks it, without a socket,
//! on one thread that does nothing else, so that a time is CPU time.
//!
//! `cargo bench --bench gate`. What deciding on access costs is measured by `cargo bench --bench access`.

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, unused_macros, reason = "stories use more of it")]
mod databases;
#[path = "http/wire.rs"]
#[expect(dead_code, reason = "the measurement over sockets uses more of it")]
mod wire;
#[path = "http/world.rs"]
#[expect(dead_code, reason = "the measurement over sockets uses more of it")]
mod world;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use axum::{Router, body::Body, extract::Request};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use databases::Database;
use haulgate::{app::App, policy::Presented, store::Grouping};
use std::hint::black_box;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use world::World;

const SHIPMENT: &str = "/experience/partner/v2/shipments/{shipment}";
/// As long as an access token's signed part.
const SIGNED: &[u8] = &[b'x'; 600];

fn price_list(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let database = Database::sqlite();
    let world = runtime.block_on(World::start(&database, Grouping::On, Grouping::On));
    let path = runtime.block_on(async { SHIPMENT.replace("{shipment}", world.one_shipment().await.as_str()) });
    let ask = || request(&path, &world.portal_token());
    tokens(criterion, &runtime, &world.app, &ask);
    signatures(criterion);
    counted(criterion, &runtime, &world.app);
    parameters(criterion, &world.app, &path);
    whole(criterion, &runtime, &world.app.service(), &path, &world.portal_token());
    runtime.block_on(world.stop());
}

fn request(path: &str, token: &str) -> Request {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    request.body(Body::empty()).expect("a request")
}

/// The token's claims, remembered and afresh (ES256).
fn tokens(criterion: &mut Criterion, runtime: &Runtime, app: &App, ask: &dyn Fn() -> Request) {
    let now = app.clock.now();
    let verify = |request: &Request| {
        runtime.block_on(app.gate.tokens.verify(&Presented::of(request), now)).expect("it is valid")
    };
    let known = ask();
    verify(&known);
    criterion.bench_function("token, remembered", |bench| bench.iter(|| verify(black_box(&known))));
    criterion.bench_function("token, afresh (ES256)", |bench| {
        bench.iter_batched(ask, |request| verify(&request), BatchSize::SmallInput);
    });
}

/// The signature alone, by algorithm.
fn signatures(criterion: &mut Criterion) {
    let random = SystemRandom::new();
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let signed = curve.sign(&random, SIGNED).expect("a signature");
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, curve.public_key().as_ref());
    criterion.bench_function("signature, ES256", |bench| bench.iter(|| key.verify(SIGNED, signed.as_ref())));
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let mut signed = vec![0; rsa.public_modulus_len()];
    rsa.sign(&RSA_PKCS1_SHA256, &random, SIGNED, &mut signed).expect("a signature");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa.public_key().as_ref());
    criterion.bench_function("signature, RS256", |bench| bench.iter(|| key.verify(SIGNED, &signed)));
}

/// All windows of the consumer's tier and of the operation, with the fields that tell of them.
fn counted(criterion: &mut Criterion, runtime: &Runtime, app: &App) {
    let law = app.law();
    let governed = law.governing("GET", SHIPMENT).expect("it is governed");
    let consumer = law.consumer("partner-acme").expect("it is registered");
    criterion.bench_function("quotas, local", |bench| {
        bench.iter(|| drop(black_box(runtime.block_on(app.gate.quotas.count(consumer, "portal", governed)))));
    });
}

/// Path, query and header fields against the published document.
fn parameters(criterion: &mut Criterion, app: &App, path: &str) {
    let law = app.law();
    let governed = law.governing("GET", SHIPMENT).expect("it is governed");
    let declared = governed.contract.parameters(&governed.operation).expect("they compile");
    criterion.bench_function("parameters", |bench| bench.iter(|| declared.check(black_box(path), "", |_| None)));
}

/// Through stack and gate: a refusal, and a status read with its answer's body.
fn whole(criterion: &mut Criterion, runtime: &Runtime, service: &Router, path: &str, token: &str) {
    let knock = |request: Request| runtime.block_on(service.clone().oneshot(request)).expect("the router answers");
    let statuses = [knock(Request::get(path).body(Body::empty()).expect("a request")), knock(request(path, token))];
    assert_eq!(statuses.map(|answer| answer.status().as_u16()), [401, 200]);
    criterion.bench_function("whole, refused for want of a token", |bench| {
        bench.iter(|| knock(Request::get(path).body(Body::empty()).expect("a request")));
    });
    criterion.bench_function("whole, a status read", |bench| {
        bench.iter(|| knock(request(path, token)));
    });
    assert_eq!(knock(request(path, token)).status(), 200, "no quota was used up meanwhile");
}

criterion_group!(gate, price_list);
criterion_main!(gate);
