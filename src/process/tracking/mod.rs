//! Tracking: shipments as those read them who wait for them. Looks, and never changes anything.

mod follow;
mod history;
mod proof;

pub use follow::{Followers, follow};
pub use history::{Happening, history};
pub use proof::{Artifact, Opened, ShownProof, artifact_link, open_proof, proof};

use crate::{
    app::App,
    domain::{
        exception::Exception,
        id::{OrderId, ShipmentId},
        shipment::{Shipment, ShipmentState},
    },
    error::Error,
    policy::{Kind, Viewer},
    store::{Cursor, Query, Shared, Slice},
};

/// Which shipments are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub order: Option<OrderId>,
    pub state: Option<ShipmentState>,
}

/// A shipment as it stands: the hottest read there is. One look into the cache, nothing copied.
pub async fn shipment(app: &App, viewer: &Viewer, id: &ShipmentId) -> Result<Shared<Shipment>, Error> {
    let found = app.store.look::<Shipment>(id.as_str()).await?;
    viewer.shown("shipment", found)
}

/// The shipments a viewer may see, newest first.
pub async fn shipments(
    app: &App,
    viewer: &Viewer,
    wanted: &Wanted,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Slice<Shipment>, Error> {
    let query = Query {
        statuses: wanted.state.iter().map(|state| word(*state)).collect(),
        belongs_to: wanted.order.as_ref().map(ToString::to_string),
        ..seen_by(viewer, Kind::Shipment, after, limit)
    };
    Ok(app.store.list(&query).await?)
}

/// What went wrong with a shipment, newest first.
pub async fn exceptions(
    app: &App,
    viewer: &Viewer,
    id: &ShipmentId,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Slice<Exception>, Error> {
    shipment(app, viewer, id).await?;
    let query = Query { belongs_to: Some(id.to_string()), ..seen_by(viewer, Kind::Exception, after, limit) };
    Ok(app.store.list(&query).await?)
}

fn seen_by(viewer: &Viewer, kind: Kind, after: Option<Cursor>, limit: u32) -> Query {
    Query { bounds: viewer.bounds(kind), after, limit, newest_first: true, ..Query::default() }
}

fn word(state: ShipmentState) -> String {
    serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
