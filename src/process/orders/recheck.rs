//! Looking again into an order that is held because a system was away.

use super::findings::find;
use crate::{
    app::App,
    domain::{
        decision::{Outcome, Rules},
        id::OrderId,
        order::{self, HoldReason, OrderState},
    },
    error::Error,
    policy::OnUnavailable,
    process::{Case, decide},
    reply::empty,
    store::LoadedDossier,
};

/// Asks all systems again. While one of them is away that is the error, and the order stays as it is; once all have
/// answered, what they say counts. An order that is no longer held for this is left alone.
pub async fn recheck_order(app: &App, order: &OrderId, case: &Case) -> Result<(), Error> {
    let Some(dossier) = dossier(app, order).await? else { return Ok(()) };
    let found = &find(app, case, &dossier.order.content, OnUnavailable::Refuse).await?;
    let attempt = || async move {
        let mut change = case.change();
        let Some(dossier) = self::dossier(app, order).await? else { return Ok((change, ())) };
        let law = app.law();
        let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
        let findings = found.findings.clone();
        let Outcome { state, follows } = order::recheck(dossier.states(), findings, rules, case.now())?;
        dossier.write(&mut change, state);
        app.store.follow(&mut change, follows).await?;
        Ok((change, ()))
    };
    decide(&app.store, case, |()| empty(200), attempt).await.map(drop)
}

async fn dossier(app: &App, order: &OrderId) -> Result<Option<LoadedDossier>, Error> {
    let dossier = app.store.dossier(order).await?.ok_or(Error::NotFound("order"))?;
    let unheard = dossier.order.holds.iter().any(|hold| hold.reason == HoldReason::SystemUnavailable);
    Ok(Some(dossier).filter(|dossier| unheard && dossier.order.state.state == OrderState::Held))
}
