//! Delivery preferences a party sets itself: for everything it gets, or for one shipment. They are kept, and passed on
//! to the shipment they are about.

use crate::{
    app::App,
    domain::{
        customer::{PartyPreferences, Preferences},
        id::{PartyId, ShipmentId},
        order::Order,
        shipment::{Shipment, prefer},
    },
    error::{Error, Pointed},
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Change, Loaded, Shared},
};
use serde_json::json;

/// Whose preferences are meant.
#[derive(Clone, Debug)]
pub enum Subject {
    Party,
    Shipment(ShipmentId),
}

/// Preferences that were set, with their version.
#[derive(Clone, Debug)]
pub struct Set {
    pub preferences: Preferences,
    pub version: i64,
}

/// The preferences in force for a party or one of its shipments.
pub async fn preferences(app: &App, viewer: &Viewer, subject: &Subject) -> Result<Shared<PartyPreferences>, Error> {
    let (id, _) = belonging(app, viewer, subject).await?;
    app.store.look::<PartyPreferences>(&id).await?.ok_or(Error::NotFound("preference"))
}

/// Sets preferences anew. Whoever replaces some has to name the version it read.
pub async fn set_preferences(
    app: &App,
    call: &Call,
    subject: &Subject,
    preferences: Preferences,
    word: impl Fn(&Set) -> Answer,
) -> Result<Settled<Set>, Error> {
    check(app, &preferences)?;
    let (case, viewer, preferences) = (Case::of(call), Viewer::of(call), &preferences);
    decide(&app.store, &case, word, || async {
        let (id, party) = belonging(app, &viewer, subject).await?;
        let known = app.store.load_fresh::<PartyPreferences>(&id).await?;
        call.conditions().expects_known(known.as_ref().map(|known| known.version))?;
        let mut change = case.change();
        let state = PartyPreferences { id: id.clone(), party, preferences: preferences.clone() };
        match &known {
            Some(known) => change.replace(known, state),
            None => change.create(state),
        };
        if let Subject::Shipment(shipment) = subject {
            pass_on(app, &mut change, shipment, preferences).await?;
        }
        change.audit("set_delivery_preferences", id, json!({}));
        let version = known.map_or(1, |known| known.version + 1);
        Ok((change, Set { preferences: preferences.clone(), version }))
    })
    .await
}

/// The document's id, and whose it is.
async fn belonging(app: &App, viewer: &Viewer, subject: &Subject) -> Result<(String, PartyId), Error> {
    match subject {
        Subject::Party => {
            let party = viewer.party()?;
            Ok((party.to_string(), party))
        }
        Subject::Shipment(id) => {
            let shipment = super::tracking::shipment(app, viewer, id).await?;
            Ok((id.to_string(), shipment.party.clone()))
        }
    }
}

async fn pass_on(app: &App, change: &mut Change, id: &ShipmentId, preferences: &Preferences) -> Result<(), Error> {
    let missing = || Error::Internal(format!("{id} or its order is missing"));
    let shipment: Loaded<Shipment> = app.store.load_fresh(id.as_str()).await?.ok_or_else(missing)?;
    let order = app.store.load::<Order>(shipment.order.as_str()).await?.ok_or_else(missing)?;
    let preferred = prefer(shipment.state.clone(), order.content.window, preferences)?;
    change.replace(&shipment, preferred);
    Ok(())
}

/// What the schema cannot say: where somebody is told has to be an address we would call or write to.
fn check(app: &App, preferences: &Preferences) -> Result<(), Error> {
    let Some(notify) = &preferences.notify else { return Ok(()) };
    let checked = match notify.strip_prefix("mailto:") {
        Some(mail) if mail.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) => Ok(()),
        Some(_) => Err("the mail address is none".to_owned()),
        None => app.connectors.webhooks.check_address(notify),
    };
    checked.map_err(|why| Error::Invalid {
        code: "content_invalid",
        detail: "Nobody can be told there.".into(),
        errors: vec![Pointed::new("/notify", &why)],
    })
}
