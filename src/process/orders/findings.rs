//! What is known about an order before it is decided over: the systems' answers, and the proof its customer and its
//! items ask for. A system that is away is dealt with as the operation's policy says.

use crate::{
    app::App,
    domain::{
        master::{Master, Record},
        order::{Findings, OrderContent},
        proof::ProofClass,
    },
    error::Error,
    policy::OnUnavailable,
    process::Case,
    store::{Store, StoreError},
    system::release::look_into,
};
use std::collections::BTreeSet;

/// Findings, and who was not heard although the order is taken.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub findings: Findings,
    pub unheard: Vec<&'static str>,
}

/// Asks everyone who has a say in an order.
pub(super) async fn find(app: &App, case: &Case, content: &OrderContent, away: OnUnavailable) -> Result<Found, Error> {
    let now = case.now();
    let asked = async { Ok::<_, Error>(look_into(&app.connectors, &case.errand, content, now).await) };
    let classes = async { Ok(proof_classes(&app.store, content).await?) };
    let (inquiry, proof) = tokio::try_join!(asked, classes)?;
    let unheard = inquiry.away.iter().map(|trouble| trouble.connector).collect::<Vec<_>>();
    let (findings, unheard) = match (away, inquiry.away.first()) {
        (OnUnavailable::Refuse, Some(trouble)) => return Err(trouble.clone().into()),
        (OnUnavailable::Accept, _) => (inquiry.findings, unheard),
        (OnUnavailable::Hold | OnUnavailable::Refuse, _) => (inquiry.held_until_all_answer(now), Vec::new()),
    };
    Ok(Found { findings: Findings { proof, ..findings }, unheard })
}

/// The proof classes of the customer and of the items, as far as master data knows them.
async fn proof_classes(store: &Store, content: &OrderContent) -> Result<BTreeSet<ProofClass>, StoreError> {
    let items: BTreeSet<String> = content.lines.iter().map(|line| format!("item:{}", line.item)).collect();
    let ids: Vec<String> = items.into_iter().chain([format!("customer:{}", content.party)]).collect();
    let masters = store.load_all::<Master>(&ids).await?;
    let classes = masters.into_iter().flat_map(|loaded| match loaded.state.record {
        Record::Customer(customer) => customer.proof,
        Record::Item(item) => item.proof,
        Record::Zone(_) | Record::Vehicle(_) | Record::Driver(_) => BTreeSet::new(),
    });
    Ok(classes.collect())
}
