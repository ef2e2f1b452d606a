//! The policy files say what the domain can read, and nothing it does not know.

use super::yard::{PROOF, TAXONOMY};
use crate::domain::{
    proof::ProofClass,
    quantity::Money,
    region::Regions,
    sla::{Figure, SlaTargets},
};

#[test]
fn the_taxonomy_knows_what_haulgate_raises_itself() {
    let codes = ["route_deviation", "late_eta_predicted", "capacity_unassigned", "data_mismatch", "clock_skew"];
    for code in codes.into_iter().chain(["proof_incomplete", "posting_failed", "sla_breached"]) {
        assert!(TAXONOMY.rule(code).unwrap().internal, "{code}");
        assert_eq!(TAXONOMY.reportable(code).unwrap_err().code, "internal_code");
    }
    for code in ["short_or_missing", "damaged", "refused_by_receiver", "outside_window", "lost_or_stolen"] {
        assert!(TAXONOMY.reportable(code).is_ok(), "{code}");
    }
    assert_eq!(TAXONOMY.0.len(), 27);
}

#[test]
fn the_strictest_of_customer_item_and_value_wins() {
    let money = |minor| Money { minor, currency: "EUR".into() };
    assert_eq!(PROOF.classes.len(), 6);
    let standard = PROOF.demand([], &money(100));
    assert_eq!((standard.photos, standard.signature, standard.geofence_metres), (1, false, 150));
    let dear = PROOF.demand([ProofClass::Dock], &money(250_000));
    assert!(dear.signature && dear.printed_name && dear.pin && dear.all_barcodes);
    assert_eq!((dear.photos, dear.geofence_metres, dear.offline_hours), (1, 75, 4));
}

#[test]
fn every_figure_has_a_target_and_every_region_a_zone() {
    let sla: SlaTargets = toml::from_str(include_str!("../../../policies/sla.toml")).unwrap();
    assert!(Figure::ALL.iter().all(|figure| sla.figures.contains_key(figure)));
    assert!(Figure::ALL.iter().all(|figure| serde_json::to_value(figure).unwrap() == figure.name()));
    let regions: Regions = toml::from_str(include_str!("../../../policies/regions.toml")).unwrap();
    assert!(regions.0.len() >= 3);
    assert!(regions.0.values().all(|region| region.country == region.base.country && region.zone.contains('/')));
}
