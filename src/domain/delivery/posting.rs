//! What one attempt handed over, as the ERP has to post it.

use crate::domain::{
    id::{ItemId, StopId},
    report::Difference,
    shipment::Shipment,
    stop::{Stop, fold},
};
use std::collections::BTreeMap;

/// What was handed over at `stop`, by item. The attempt under way is counted in the shipment already; for one that the
/// shipment has left behind, `stops` holds the stops of its attempts so far, first to last.
pub fn handed_over(shipment: &Shipment, stop: &StopId, stops: &[Stop]) -> BTreeMap<ItemId, u32> {
    let mut items = BTreeMap::new();
    for goods in &shipment.goods {
        let delivered = if shipment.stop.as_ref() == Some(stop) {
            goods.tally.delivered.saturating_sub(goods.delivered_before)
        } else {
            left_behind(goods.line, goods.tally.picked, stop, stops)
        };
        *items.entry(goods.item.clone()).or_default() += delivered;
    }
    items
}

/// Each attempt brings what the ones before it have kept.
fn left_behind(line: u32, picked: u32, stop: &StopId, stops: &[Stop]) -> u32 {
    let mut brought = picked;
    for attempt in stops {
        let account = fold(&attempt.reports);
        let kept = account.handover().map_or(brought, |handover| {
            let differs = handover.differences.iter().find(|difference| difference.line == line);
            differs.map_or(0, |differs| u32::try_from(Difference::kept(differs)).unwrap_or(u32::MAX).min(brought))
        });
        if attempt.id == *stop {
            return brought - kept;
        }
        brought = kept;
    }
    0
}

/// Whether more than one account of the attempt may have been posted: its reports contradict each other, or a person
/// has corrected it.
pub fn may_be_posted_twice(shipment: &Shipment, stop: &Stop) -> bool {
    let decisive = stop.reports.iter().filter(|report| report.what.is_decisive()).count();
    decisive > 1 || stop.closed || !shipment.corrections.is_empty()
}
