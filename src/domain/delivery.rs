//! Deliveries: taking in what drivers, devices and people say about a visit, and what it comes to.
//!
//! Every report goes through `receive_report`, whichever way it came; `correct` is the only other way to change how
//! a visit ended.

mod apply;
mod correct;
mod posting;
mod quarantine;
mod receive;
mod wrong;

pub(in crate::domain) use correct::close;
pub use correct::{CorrectDelivery, correct};
pub use posting::{handed_over, may_be_posted_twice};
pub use quarantine::{Unplaced, quarantine};
pub use receive::{Incoming, Received, receive_report};

use super::{
    refused::Refused,
    report::{Difference, Handover},
    shipment::Shipment,
};

/// What a skipped stop is an exception of.
const SKIPPED: &str = "outside_window";

/// Whether a hand-over can be true of this shipment: known lines, no more than there was, and something at all.
pub(in crate::domain) fn check_handover(handover: &Handover, shipment: &Shipment) -> Result<(), Refused> {
    check_differences(&handover.differences, shipment)?;
    let kept: u64 = handover.differences.iter().map(Difference::kept).sum();
    let brought: u64 = shipment.goods.iter().map(|goods| u64::from(to_hand_over(goods))).sum();
    if brought > 0 && kept == brought {
        let text = "nothing was handed over: report why the delivery failed instead";
        return Err(Refused::new("nothing_handed_over", text).at("/differences"));
    }
    Ok(())
}

pub(in crate::domain) fn check_differences(differences: &[Difference], shipment: &Shipment) -> Result<(), Refused> {
    for (index, difference) in differences.iter().enumerate() {
        let pointer = format!("/differences/{index}");
        let Some(goods) = shipment.goods.iter().find(|goods| goods.line == difference.line) else {
            let detail = format!("shipment {} has no line {}", shipment.id, difference.line);
            return Err(Refused::new("unknown_line", detail).at(format!("{pointer}/line")));
        };
        if differences[..index].iter().any(|other| other.line == difference.line) {
            let text = "a line is named twice; say everything about it at once";
            return Err(Refused::new("line_named_twice", text).at(format!("{pointer}/line")));
        }
        if difference.kept() > u64::from(to_hand_over(goods)) {
            let detail = format!("line {} had only {} to hand over", difference.line, to_hand_over(goods));
            return Err(Refused::new("too_many", detail).at(pointer));
        }
    }
    Ok(())
}

/// What of a line this attempt brings.
fn to_hand_over(goods: &super::shipment::Goods) -> u32 {
    goods.tally.picked.saturating_sub(goods.delivered_before)
}
