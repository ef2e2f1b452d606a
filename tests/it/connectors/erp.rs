//! Orders, deliveries and invoices in the ERP: each effect once, each finding told.

use super::{World, errand, is_refused, item, order};
use haulgate::{
    domain::{
        id::{OrderId, PartyId},
        order::HoldReason,
    },
    sandbox::faults::{Fault, Target},
    system::erp::{DeliveredLine, DeliveryPosting, ErpOrderState, ProofLink},
};

fn posting(number: &str, reference: &str, delivered: u32) -> DeliveryPosting {
    DeliveryPosting {
        number: number.to_owned(),
        shipment: OrderId::from("ord_x").shipment(1),
        reference: reference.to_owned(),
        lines: vec![DeliveredLine { item: item(), delivered }],
        delivered_at: "2026-11-24T10:00:00Z".parse().expect("an instant"),
    }
}

#[tokio::test]
async fn an_order_with_credit_and_stock_may_go_and_is_made_firm_once() {
    let world = World::open().await;
    let order = world.sale("SO-1");
    let erp = &world.connectors.erp;
    assert_eq!(erp.check_release(&errand(), &order).await.expect("answered"), []);
    for _ in 0..2 {
        erp.confirm_release(&errand(), "SO-1").await.expect("firm");
    }
    assert_eq!(world.erp.effects().confirmed, 1);
    assert_eq!(erp.get_order(&errand(), "SO-1").await.expect("answered").state, ErpOrderState::Released);
    // Its own credit and stock do not count against it once it is firm.
    assert_eq!(erp.check_release(&errand(), &order).await.expect("answered"), []);
}

#[tokio::test]
async fn credit_over_the_limit_and_short_stock_are_findings_with_figures() {
    let world = World::open().await;
    let order = world.sale("SO-1");
    world.erp.add_party(&order.party, "Bakery Sol", Some(50_000), 34_000);
    world.erp.add_product(&item(), 4.0);
    let findings = world.connectors.erp.check_release(&errand(), &order).await.expect("answered");
    let told: Vec<_> = findings.iter().map(|finding| (finding.reason, finding.detail.as_str())).collect();
    let credit = (HoldReason::Credit, "40.00 EUR over the credit limit");
    assert_eq!(told, [credit, (HoldReason::Stock, "6 of 10 short of itm_box")]);
    let refused = world.connectors.erp.confirm_release(&errand(), "SO-1").await.expect_err("over the limit");
    assert!(is_refused(&refused, "erp_refused") && refused.note.contains("credit limit by $40.00"), "{refused}");
}

#[tokio::test]
async fn the_demo_can_use_up_everybodys_credit_and_stock() {
    let world = World::open().await;
    let order = world.sale("SO-1");
    world.faults.set(Target::Erp, Fault::OverLimit);
    let findings = world.connectors.erp.check_release(&errand(), &order).await.expect("answered");
    assert_eq!(findings[0].reason, HoldReason::Credit);
    world.faults.set(Target::Erp, Fault::ShortStock);
    let findings = world.connectors.erp.check_release(&errand(), &order).await.expect("answered");
    assert_eq!(findings[0].reason, HoldReason::Stock);
}

#[tokio::test]
async fn an_order_the_erp_does_not_know_is_held_for_a_person() {
    let world = World::open().await;
    let findings = world.connectors.erp.check_release(&errand(), &order("SO-9")).await.expect("answered");
    assert_eq!(findings[0].reason, HoldReason::Compliance);
    let unknown = world.connectors.erp.get_order(&errand(), "SO-9").await.expect_err("unknown");
    assert!(is_refused(&unknown, "order_unknown_in_erp"));
}

#[tokio::test]
async fn a_delivery_posted_twice_has_one_effect() {
    let world = World::open().await;
    world.sale("SO-1");
    let erp = &world.connectors.erp;
    let first = erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect("posted");
    let again = erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect("posted");
    assert!(!first.already && again.already && first.document == again.document);
    assert_eq!(world.erp.effects().deliveries, 1);
    assert_eq!(world.erp.deliveries()[0].lines, [("itm_box".to_owned(), 10.0)]);
    assert!(erp.get_order(&errand(), "SO-1").await.expect("answered").delivered);
}

#[tokio::test]
async fn a_posting_whose_answers_are_lost_is_finished_by_the_next_attempt() {
    let mut world = World::open().await;
    world.sale("SO-1");
    world.faults.set(Target::Erp, Fault::LostAnswer { every: 3 });
    let mut attempts = 0;
    loop {
        attempts += 1;
        let Err(trouble) = world.connectors.erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 7)).await else {
            break;
        };
        assert!(trouble.is_worth_retrying() && attempts < 20, "{trouble}");
        // The breaker would keep us away; a new gateway has not met the trouble yet.
        world.reopen();
    }
    assert!(attempts > 1, "some answers were lost");
    assert_eq!(world.erp.effects().deliveries, 1);
    assert_eq!(world.erp.deliveries()[0].lines, [("itm_box".to_owned(), 7.0)]);
}

#[tokio::test]
async fn a_part_delivered_leaves_the_rest_to_another_posting() {
    let world = World::open().await;
    world.sale("SO-1");
    let erp = &world.connectors.erp;
    erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 0)).await.expect("nothing to post");
    assert_eq!(world.erp.effects().deliveries, 0);
    erp.post_delivery(&errand(), &posting("SO-1", "stp_2", 6)).await.expect("posted");
    erp.post_delivery(&errand(), &posting("SO-1", "stp_3", 4)).await.expect("posted");
    let quantities: Vec<_> = world.erp.deliveries().iter().map(|delivery| delivery.lines[0].1).collect();
    assert_eq!(quantities, [6.0, 4.0]);
    let spent = erp.post_delivery(&errand(), &posting("SO-1", "stp_4", 1)).await.expect_err("nothing left");
    assert!(is_refused(&spent, "nothing_left_to_deliver"));
}

#[tokio::test]
async fn what_the_erp_has_no_stock_for_is_refused_although_it_answers_200() {
    let world = World::open().await;
    world.sale("SO-1");
    world.faults.set(Target::Erp, Fault::ShortStock);
    let refused =
        world.connectors.erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect_err("short");
    assert!(is_refused(&refused, "short_stock_in_erp"), "{refused}");
    world.faults.clear(Target::Erp);
    world.connectors.erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect("posted");
    assert_eq!(world.erp.effects().deliveries, 1);
}

#[tokio::test]
async fn an_invoice_is_held_then_released_once_and_keeps_its_number() {
    let world = World::open().await;
    world.sale("SO-1");
    let erp = &world.connectors.erp;
    let early = erp.release_invoice(&errand(), "SO-1").await.expect_err("not written yet");
    assert!(early.is_worth_retrying() && early.retry_after().is_some());
    erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect("posted");
    erp.hold_invoice(&errand(), "SO-1", "proof incomplete").await.expect("held");
    assert_eq!(world.erp.invoice_notes("SO-1"), ["On hold: proof incomplete"]);
    let number = erp.release_invoice(&errand(), "SO-1").await.expect("released");
    assert_eq!(erp.release_invoice(&errand(), "SO-1").await.expect("released"), number);
    assert_eq!(world.erp.effects().invoices, 1);
    assert_eq!(world.erp.invoices()[0].number, number.0);
}

#[tokio::test]
async fn a_proof_is_linked_once_and_only_to_what_was_posted() {
    let world = World::open().await;
    world.sale("SO-1");
    let erp = &world.connectors.erp;
    let link = ProofLink {
        number: "SO-1".to_owned(),
        reference: "stp_1".to_owned(),
        name: "proof of delivery".to_owned(),
        url: "https://haulgate.example/proofs/1".to_owned(),
    };
    assert!(is_refused(&erp.attach_proof(&errand(), &link).await.expect_err("not posted"), "delivery_not_posted"));
    erp.post_delivery(&errand(), &posting("SO-1", "stp_1", 10)).await.expect("posted");
    for _ in 0..2 {
        erp.attach_proof(&errand(), &link).await.expect("linked");
    }
    assert_eq!(world.erp.effects().attachments, 1);
}

#[tokio::test]
async fn an_order_is_cancelled_once_before_or_after_it_was_made_firm() {
    let world = World::open().await;
    world.sale("SO-1");
    world.erp.add_sale("SO-2", &PartyId::from("pty_sol"), &[(item(), 1)], 100);
    let erp = &world.connectors.erp;
    erp.confirm_release(&errand(), "SO-2").await.expect("firm");
    for number in ["SO-1", "SO-2", "SO-1", "SO-2"] {
        erp.cancel_order(&errand(), number).await.expect("cancelled");
    }
    assert_eq!(world.erp.effects().cancelled, 2);
}
