//! Waiting for another system: whoever does takes no place meanwhile, and is not slow for it.

use super::admission::Place;
use std::future::Future;

tokio::task_local! {
    static PLACE: Place;
}

/// Does the work of a request that has this place.
pub async fn with_place<F: Future>(place: Place, work: F) -> F::Output {
    PLACE.scope(place, work).await
}

/// Does work that is another system's. Outside a request it is just done.
pub async fn elsewhere<F: Future>(work: F) -> F::Output {
    let _away = PLACE.try_with(Place::step_out).ok();
    work.await
}
