//! From a hand-over to a posted delivery and a released invoice.

use super::yard::{Yard, handover, unproven};
use haulgate::{
    domain::{
        decision::Visit,
        exception::{Exception, ExceptionState},
        invoice::InvoiceState,
        order::{Order, OrderState},
        shipment::Shipment,
    },
    sandbox::faults::{Fault, Target},
    store::TaskStatus,
};

async fn order(yard: &Yard, visit: &Visit) -> Order {
    yard.store.load_fresh::<Order>(visit.order.id.as_str()).await.expect("read").expect("there").state
}

async fn shipment(yard: &Yard, visit: &Visit) -> Shipment {
    yard.store.load_fresh::<Shipment>(visit.shipment.id.as_str()).await.expect("read").expect("there").state
}

async fn milestones(yard: &Yard, visit: &Visit) -> Vec<String> {
    let events = yard.store.events_of(visit.shipment.id.as_str(), None, 100).await.expect("read");
    events.into_iter().map(|event| event.name).collect()
}

on_both_databases! {
    async fn a_delivery_is_posted_and_its_invoice_released(database) {
        let yard = Yard::open(database).await;
        let visit = yard.deliver("SO-1", handover(0)).await;
        yard.relay.work_off().await;
        let order = order(&yard, &visit).await;
        assert_eq!((order.state, order.invoice.state), (OrderState::Invoiced, InvoiceState::Released));
        assert_eq!(order.invoice.number.as_ref(), yard.sandbox.erp.invoices().first().map(|invoice| &invoice.number));
        assert!(shipment(&yard, &visit).await.posted);
        let told = milestones(&yard, &visit).await;
        assert_eq!(told, ["delivery.completed", "delivery_posted", "erp.delivery_posted", "invoice.released"]);
        let effects = yard.sandbox.erp.effects();
        assert_eq!((effects.deliveries, effects.invoices, effects.attachments), (1, 1, 1));
    }

    async fn a_part_is_posted_as_a_part_and_the_rest_when_the_driver_finds_it_after_all(database) {
        let yard = Yard::open(database).await;
        let visit = yard.deliver("SO-2", unproven(3)).await;
        yard.relay.work_off().await;
        yard.report(&visit, "evt-2", unproven(1)).await;
        yard.relay.work_off().await;
        let posted: Vec<_> = yard.sandbox.erp.deliveries().into_iter().map(|one| one.lines[0].1).collect();
        assert_eq!(posted, [7.0, 2.0]);
        assert!(shipment(&yard, &visit).await.posted);
    }

    async fn what_the_erp_has_too_much_of_waits_for_a_person(database) {
        let yard = Yard::open(database).await;
        let visit = yard.deliver("SO-3", unproven(1)).await;
        yard.relay.work_off().await;
        yard.report(&visit, "evt-2", unproven(4)).await;
        yard.relay.work_off().await;
        let dead = yard.only(TaskStatus::Dead).await;
        assert!(dead.story[0].why.contains("posted 9 of itm_flour, but only 6"), "{:?}", dead.story);
        assert_eq!(yard.sandbox.erp.effects().deliveries, 1);
    }

    async fn a_posting_the_erp_refuses_raises_an_exception_that_its_replay_settles(database) {
        let yard = Yard::open(database).await;
        yard.sandbox.faults.set(Target::Erp, Fault::ShortStock);
        let visit = yard.deliver("SO-4", handover(0)).await;
        yard.relay.work_off().await;
        let dead = yard.only(TaskStatus::Dead).await;
        assert_eq!(dead.kind, "post_delivery");
        let id = shipment(&yard, &visit).await.blocked_by.keys().next().expect("blocked").clone();
        let raised = yard.store.load_fresh::<Exception>(id.as_str()).await.expect("read").expect("raised");
        assert_eq!(raised.state.state, ExceptionState::Open);
        assert_eq!(raised.state.code, "posting_failed");

        yard.sandbox.faults.clear(Target::Erp);
        yard.rule(&dead.id, |change, task| change.replay(task)).await;
        yard.relay.work_off().await;
        let settled = yard.store.load_fresh::<Exception>(id.as_str()).await.expect("read").expect("there");
        assert_eq!(settled.state.state, ExceptionState::Resolved);
        assert!(shipment(&yard, &visit).await.blocked_by.is_empty());
        assert_eq!(order(&yard, &visit).await.invoice.state, InvoiceState::Released);
        assert_eq!(yard.sandbox.erp.effects().deliveries, 1);
    }
}
