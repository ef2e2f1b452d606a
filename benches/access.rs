//! What access costs: the decisions of `policies/access.cedar` as a request meets them.
//!
//! `cargo bench --bench access`. At the gate: who asks is put together and the call is decided on, once a request. On a
//! resource: one decision more, as often as a use case touches one. Lists decide nothing; they are bound in SQL. A question
//! that was asked before is answered from memory; one that nobody has asked yet is answered by the rules.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use haulgate::{
    policy::{Audience, Footing, Law, PolicyFiles, Principal, Territory, Viewer},
    router,
};
use std::{collections::BTreeSet, hint::black_box};

fn law() -> Law {
    Law::join(router::registry(), &PolicyFiles::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
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
    let mut others = 0u64..;
    bench.bench_function("access/at the gate, asked for the first time", |bench| {
        let stranger =
            || Principal { consumer: others.next().map_or_else(String::new, |n| n.to_string()), ..dispatcher() };
        let asking = |principal| Viewer::asking(&law, principal, orders).expect("the rules know it");
        bench.iter_batched(stranger, |principal| asking(principal).may_call(footing), BatchSize::SmallInput);
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
