//! What access costs: the decisions of `policies/access.cedar` as a request meets them.
//!
//! `cargo bench --bench access`. At the gate: who asks is put together and the call is decided on, once a request. On a
//! resource: one decision more, as often as a use case touches one. Lists decide nothing; they are bound in SQL.

use criterion::{Criterion, criterion_group, criterion_main};
use haulgate::{
    policy::{Audience, Footing, Law, PolicyFiles, Principal, Territory, Viewer},
    router,
};
use std::{collections::BTreeSet, hint::black_box};

fn law() -> Law {
    Law::join(&router::registry(), &PolicyFiles::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A dispatcher of two regions.
fn dispatcher() -> Principal {
    Principal {
        consumer: "dispatch".to_owned(),
        audience: Audience::Operator,
        party: None,
        regions: Some(BTreeSet::from(["reg_north".to_owned(), "reg_south".to_owned()])),
        driver: None,
        carrier: None,
    }
}

fn decisions(bench: &mut Criterion) {
    let law = law();
    let operation = |name: &str| law.governed().find(|one| one.operation.key.to_string() == name).expect("it is there");
    let orders = &operation("process/orders.v1 get_order").operation.key;
    let asking = || Viewer::asking(&law, dispatcher(), orders).expect("the rules know it");
    let footing = Footing { subscribed: true, scoped: true };
    assert!(asking().may_call(footing).allowed);
    bench.bench_function("access/at the gate", |bench| {
        bench.iter(|| black_box(asking()).may_call(footing));
    });
    let viewer = asking();
    for (name, region) in [("allowed", "reg_north"), ("denied", "reg_east")] {
        let place = Territory(region.into());
        assert_eq!(viewer.decide(&place).allowed, name == "allowed");
        bench.bench_function(&format!("access/on a resource, {name}"), |bench| {
            bench.iter(|| viewer.decide(black_box(&place)))
        });
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
