//! What binds the lists in SQL is what decides on each row: random callers over random rows.

use super::yard::{Bound, exception, masters, run};
use haulgate::{
    domain::{effect::Effect, exception::Exception, master::Master, order::Order, route::Route, shipment::Shipment},
    policy::{Audience, Footing, Kind, Law, PolicyFiles, Principal, Resource, Viewer},
    router,
    store::{Change, ContractStamp, Entity, Origin, Query, Store, Task, TaskStatus},
};
use jiff::Timestamp;
use proptest::{
    collection::btree_set, option, prelude::Strategy, sample::select, strategy::ValueTree, test_runner::TestRunner,
};
use std::collections::{BTreeMap, BTreeSet};

/// Every list, with what it lists and, of master data, which.
const LISTS: [(&str, Kind, &str); 15] = [
    ("process/orders.v1 list_orders", Kind::Order, ""),
    ("process/deliveries.v1 list_deliveries", Kind::Shipment, ""),
    ("process/exceptions.v1 list_exceptions", Kind::Exception, ""),
    ("process/routes.v1 list_routes", Kind::Route, ""),
    ("experience/partner.v1 list_shipments", Kind::Shipment, ""),
    ("experience/partner.v1 list_shipment_exceptions", Kind::Exception, ""),
    ("experience/partner.v2 list_shipments", Kind::Shipment, ""),
    ("experience/control-tower.v1 list_dead_letters", Kind::Effect, ""),
    ("experience/control-tower.v1 get_overview", Kind::Exception, ""),
    ("experience/control-tower.v1 get_overview", Kind::Effect, ""),
    ("system/master-data.v1 list_customers", Kind::Master, "customer"),
    ("system/master-data.v1 list_vehicles", Kind::Master, "vehicle"),
    ("system/master-data.v1 list_drivers", Kind::Master, "driver"),
    ("system/master-data.v1 list_zones", Kind::Master, "zone"),
    ("system/master-data.v1 list_items", Kind::Item, "item"),
];
const ROWS: usize = 16;
const CALLERS: usize = 60;

fn named(prefix: &'static str) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.8, select(vec!["a", "b", "c"]).prop_map(move |name| format!("{prefix}_{name}")))
}

fn bound() -> impl Strategy<Value = Bound> {
    let region = select(vec!["reg_a", "reg_b", "reg_c"]).prop_map(str::to_owned);
    (named("pty"), region, named("drv"), named("car")).prop_map(|(party, region, driver, carrier)| Bound {
        party,
        region,
        driver,
        carrier,
    })
}

fn principal() -> impl Strategy<Value = Principal> {
    let regions = option::of(btree_set(select(vec!["reg_a", "reg_b", "reg_c"]).prop_map(str::to_owned), 0..3));
    (select(Audience::ALL.to_vec()), named("pty"), regions, named("drv"), named("car")).prop_map(
        |(audience, party, regions, driver, carrier)| Principal {
            consumer: "somebody".to_owned(),
            audience,
            party,
            regions,
            driver,
            carrier,
        },
    )
}

fn some<T>(runner: &mut TestRunner, what: &impl Strategy<Value = T>) -> T {
    what.new_tree(runner).expect("there is always one").current()
}

/// What there is, bound every way.
struct Yard {
    store: Store,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    orders: Vec<Order>,
    shipments: Vec<Shipment>,
    routes: Vec<Route>,
    exceptions: Vec<Exception>,
    masters: Vec<Master>,
}

impl Yard {
    async fn laid_out(store: Store, law: &Law, now: Timestamp, runner: &mut TestRunner) -> Self {
        let mut rows = Rows::default();
        for number in 1..=ROWS {
            let bound = some(runner, &bound());
            let (order, shipment, _, route) = run(law, number, &bound, now);
            rows.orders.push(order);
            rows.shipments.push(shipment);
            rows.routes.push(route);
            rows.exceptions.push(exception(number, &bound, now));
            rows.masters.extend(masters(number, &bound));
            // What no region is named for is of none.
            let of_a_region = bound.party.is_some().then(|| bound.region.as_str().into());
            let mut change = Change::new(Origin { region: of_a_region, ..origin(now) });
            change.effect(Effect::SettleRoute { route: format!("rte_{number}").as_str().into() });
            store.commit(change).await.expect("it is written");
        }
        let mut change = Change::new(origin(now));
        keep(&mut change, &rows.orders);
        keep(&mut change, &rows.shipments);
        keep(&mut change, &rows.routes);
        keep(&mut change, &rows.exceptions);
        keep(&mut change, &rows.masters);
        store.commit(change).await.expect("it is written");
        Self { store, rows }
    }

    /// What the list has, and what the rules permit of all that is there.
    async fn both(&self, viewer: &Viewer, kind: Kind, which: &str) -> (BTreeSet<String>, BTreeSet<String>, usize) {
        match kind {
            Kind::Order => self.compared(viewer, kind, which, &self.rows.orders).await,
            Kind::Shipment => self.compared(viewer, kind, which, &self.rows.shipments).await,
            Kind::Route => self.compared(viewer, kind, which, &self.rows.routes).await,
            Kind::Exception => self.compared(viewer, kind, which, &self.rows.exceptions).await,
            Kind::Master | Kind::Item => {
                let of_kind = |row: &&Master| row.id.starts_with(&format!("{which}:"));
                let masters: Vec<_> = self.rows.masters.iter().filter(of_kind).cloned().collect();
                self.compared(viewer, kind, which, &masters).await
            }
            Kind::Effect => {
                let tasks = self.tasks(&[]).await;
                (ids(&self.tasks(&viewer.bounds(kind)).await), permitted(viewer, &tasks), tasks.len())
            }
            other => panic!("nothing lists {other:?}"),
        }
    }

    async fn compared<E: Entity + Resource>(
        &self,
        viewer: &Viewer,
        kind: Kind,
        which: &str,
        all: &[E],
    ) -> (BTreeSet<String>, BTreeSet<String>, usize) {
        let statuses = Some(which.to_owned()).filter(|which| !which.is_empty()).into_iter().collect();
        let query = Query { bounds: viewer.bounds(kind), statuses, ..Query::default() };
        let listed = self.store.list::<E>(&query).await.expect("a list").rows;
        let listed = listed.iter().map(|row| Resource::id(&row.state).to_owned()).collect();
        (listed, permitted(viewer, all), all.len())
    }

    async fn tasks(&self, bounds: &[haulgate::store::Bound]) -> Vec<Task> {
        self.store.tasks().list(TaskStatus::Waiting, None, bounds, None, 1000).await.expect("a list")
    }
}

fn keep<E: Entity + Clone>(change: &mut Change, rows: &[E]) {
    for row in rows {
        change.create(row.clone());
    }
}

fn ids<R: Resource>(rows: &[R]) -> BTreeSet<String> {
    rows.iter().map(|row| row.id().to_owned()).collect()
}

fn permitted<R: Resource>(viewer: &Viewer, rows: &[R]) -> BTreeSet<String> {
    rows.iter().filter(|row| viewer.decide(*row).allowed).map(|row| row.id().to_owned()).collect()
}

fn origin(now: Timestamp) -> Origin {
    Origin {
        correlation_id: "story".into(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        actor: "story".into(),
        consumer: "story".into(),
        operation: "lay_out".into(),
        contract: ContractStamp::default(),
        now,
        region: None,
        verdict: None,
    }
}

/// Whoever the gate lets in, with every scope and subscription.
fn let_in(law: &Law, principal: &Principal, operation: &str) -> Option<Viewer> {
    let governed = law.governed().find(|one| one.operation.key.to_string() == operation).expect("an operation");
    let key = &governed.operation.key;
    let viewer = Viewer::asking(law, principal.clone(), key).expect("the rules know it");
    let footing = Footing { subscribed: true, scoped: true };
    viewer.may_call(footing).allowed.then_some(viewer)
}

on_both_databases! {
    async fn a_list_shows_exactly_what_the_rules_permit_row_by_row(database) {
        let (store, clock) = database.store().await;
        let law = Law::join(router::registry(), &PolicyFiles::embedded()).expect("the policies meet the contracts");
        let mut runner = TestRunner::deterministic();
        let yard = Yard::laid_out(store, &law, clock.now(), &mut runner).await;
        let mut met = BTreeMap::<_, (usize, usize)>::new();
        for _ in 0..CALLERS {
            let principal = some(&mut runner, &principal());
            for (operation, kind, which) in LISTS {
                let Some(viewer) = let_in(&law, &principal, operation) else { continue };
                let (listed, permitted, all) = yard.both(&viewer, kind, which).await;
                assert_eq!(listed, permitted, "{operation} of {kind:?} for {principal:?}");
                let (shown, hidden) = met.entry((operation, kind)).or_default();
                *shown += listed.len();
                *hidden += all - listed.len();
            }
        }
        for (operation, kind, _) in LISTS {
            let (shown, hidden) = met.get(&(operation, kind)).copied().unwrap_or_default();
            assert!(shown > 0 && (hidden > 0 || kind == Kind::Item), "{operation} of {kind:?}: {shown} and {hidden}");
        }
    }
}
