//! Orders in the ERP: told when they are released, and when they will not be delivered.

use crate::{
    domain::{
        decision::Follows,
        exception::{Raise, raise},
        id::{ExceptionId, OrderId},
        order::{self, Hold, HoldReason, Order, OrderCommand, OrderState},
        time::Moment,
    },
    relay::{Delivered, Desk, Failed},
    store::Task,
};

/// The ERP makes the order firm. One that was held or cancelled meanwhile stays as it is: what lets it go again will ask
/// for this again.
pub async fn confirm(desk: &Desk, task: &Task, order: &OrderId) -> Result<Delivered, Failed> {
    let order = desk.load::<Order>(order.as_str()).await?;
    if matches!(order.state.state, OrderState::Held | OrderState::Cancelled) {
        return Ok(Delivered::Done);
    }
    match desk.connectors.erp.confirm_release(&desk.errand(task), &order.content.number).await.map_err(Failed::from) {
        Err(Failed::Refused { why, .. }) if may_be_held(order.state.state) => hold_back(desk, task, &order, why).await,
        outcome => outcome.map(|()| Delivered::Done),
    }
}

fn may_be_held(state: OrderState) -> bool {
    order::next(state, OrderCommand::Hold).is_some()
}

/// The ERP has changed its mind since it was asked: the order is held for what speaks against it now.
async fn hold_back(desk: &Desk, task: &Task, order: &Order, why: String) -> Result<Delivered, Failed> {
    let findings = desk.connectors.erp.check_release(&desk.errand(task), &order.content).await?;
    let (why, findings) = (&why, &findings);
    desk.decide(|| async move {
        let missing = || Failed::refused("not_in_the_books", format!("there is no order {}", order.id));
        let dossier = desk.store.dossier(&order.id).await?.ok_or_else(missing)?;
        let mut change = desk.change(task);
        let since = change.origin().now;
        let hold = |reason, detail: &str| Hold { reason, detail: detail.to_owned(), since };
        let mut found: Vec<_> = findings.iter().map(|one| hold(one.reason, &one.detail)).collect();
        if found.is_empty() {
            found.push(hold(HoldReason::Compliance, why));
        }
        let outcome = order::hold_back(dossier.states(), found, since)?;
        dossier.write(&mut change, outcome.state);
        desk.store.follow(&mut change, outcome.follows).await?;
        change.finish(&task.id);
        Ok(change)
    })
    .await
    .map(|_| Delivered::Finished)
}

/// The ERP will not make firm what is released here: the two contradict each other, and a person has to see to it.
pub async fn unconfirmed(desk: &Desk, task: &Task, order: &OrderId, why: &str) -> Result<(), Failed> {
    let rules = desk.above.rules();
    desk.decide(|| async {
        let order = desk.load::<Order>(order.as_str()).await?;
        let mut change = desk.change(task);
        let now = change.origin().now;
        let at = Moment { occurred_at: now, recorded_at: now, inferred: false };
        let (id, content) = (ExceptionId::from_token(task.id.token()), &order.state.content);
        let about = Raise {
            party: Some(content.party.clone()),
            order: Some(order.state.id.clone()),
            note: Some(why.to_owned()),
            ..Raise::new(id, "data_mismatch", content.region.clone(), "haulgate".to_owned(), at)
        };
        let raises = vec![raise(&rules.taxonomy, about)?];
        desk.store.follow(&mut change, Follows { raises, ..Follows::default() }).await?;
        change.bury(task, why);
        Ok(change)
    })
    .await
    .map(drop)
}

/// An order the ERP does not have needs no cancelling there.
pub async fn cancel(desk: &Desk, task: &Task, number: &str) -> Result<Delivered, Failed> {
    match desk.connectors.erp.cancel_order(&desk.errand(task), number).await.map_err(Failed::from) {
        Err(Failed::Refused { code, .. }) if code == "not_found_in_erp" => Ok(Delivered::Done),
        outcome => outcome.map(|()| Delivered::Done),
    }
}
