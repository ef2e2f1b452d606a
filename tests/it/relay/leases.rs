//! Relays that die: what they had is taken over, and done once all the same.

use super::yard::{Yard, handover};
use haulgate::{
    domain::effect::Effect,
    sandbox::faults::{Fault, Target},
    store::TaskStatus,
};
use jiff::SignedDuration;

on_both_databases! {
    async fn what_a_dead_relay_held_is_taken_over_when_its_lease_runs_out(database) {
        let yard = Yard::open(database).await;
        let asked = yard.ask([Effect::SettleRoute { route: "rte_1".into() }]).await;
        let (now, tasks) = (yard.clock.now(), yard.store.tasks());
        tasks.claim("relay-that-dies", now, now + SignedDuration::from_secs(30), 10).await.expect("claimed");
        assert_eq!(yard.relay.work_off().await, 0);
        yard.wait(1);
        assert_eq!(yard.relay.work_off().await, 1);
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Done);
    }

    async fn a_task_that_kills_relays_again_and_again_becomes_a_dead_letter(database) {
        let yard = Yard::open_with(database, |settings| settings.attempts = 3).await;
        let asked = yard.ask([Effect::SettleRoute { route: "rte_1".into() }]).await;
        for _ in 0..3 {
            let (now, tasks) = (yard.clock.now(), yard.store.tasks());
            tasks.claim("relay-that-dies", now, now + SignedDuration::from_secs(30), 10).await.expect("claimed");
            yard.wait(1);
        }
        yard.relay.work_off().await;
        assert_eq!(yard.status(&asked[0]).await, TaskStatus::Dead);
        assert!(yard.above.done().is_empty());
    }

    async fn a_delivery_is_posted_once_although_the_relay_died_before_it_could_say_so(database) {
        let yard = Yard::open(database).await;
        let visit = yard.deliver("SO-7", handover(0)).await;
        // The ERP does as it was asked, and nobody hears of it.
        yard.sandbox.faults.set(Target::Erp, Fault::LostAnswer { every: 1 });
        yard.relay.work_off().await;
        yard.sandbox.faults.clear(Target::Erp);
        yard.wait(3);
        yard.another_relay().work_off().await;
        let deliveries = yard.sandbox.erp.deliveries();
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        assert_eq!(deliveries[0].reference, visit.stop.id.as_str());
        assert_eq!(yard.sandbox.erp.effects().deliveries, 1);
    }
}
