//! Which archive keeps an artifact: that of its region.

use super::told::Reporter;
use crate::{
    app::App,
    domain::{
        id::{ProofId, RegionId},
        master::{Master, Record},
        proof::Proof,
    },
    error::Error,
    store::Shared,
};

/// Where an artifact goes: where it lies already, else to the archive of the region whose delivery names it, or, where none
/// does so far, of the region of whoever sends it.
pub async fn archive_for(app: &App, sha256: &str, sender: Option<&Reporter>) -> Result<String, Error> {
    let known = known(app, sha256).await?;
    if let Some(stored) = known.as_ref().and_then(|proof| proof.stored.as_ref()) {
        return Ok(stored.archive.clone());
    }
    let region = match (known.and_then(|proof| proof.region.clone()), sender) {
        (None, Some(sender)) => region_of(app, sender).await?,
        (named, _) => named,
    };
    let law = app.law();
    Ok(region.and_then(|region| Some(law.regions.get(&region)?.archive.clone())).unwrap_or_default())
}

/// Where an artifact lies; none where it is not stored.
pub async fn archive_of(app: &App, sha256: &str) -> Result<Option<String>, Error> {
    let proof = known(app, sha256).await?;
    Ok(proof.and_then(|proof| proof.stored.as_ref().map(|stored| stored.archive.clone())))
}

/// What is known of the artifact, where anything is.
pub(super) async fn known(app: &App, sha256: &str) -> Result<Option<Shared<Proof>>, Error> {
    Ok(app.store.look::<Proof>(ProofId::of(sha256).as_str()).await?)
}

/// A driver's region is that of the driver's record.
async fn region_of(app: &App, sender: &Reporter) -> Result<Option<RegionId>, Error> {
    let Some(driver) = &sender.driver else { return Ok(None) };
    let master = app.store.look::<Master>(&format!("driver:{driver}")).await?;
    Ok(master.and_then(|master| match &master.record {
        Record::Driver(driver) => Some(driver.region.clone()),
        _ => None,
    }))
}
