//! The customer system's stand-in: `GET /customers/{party}/preferences`.

use super::serve::only_with_key;
use crate::domain::{customer::Preferences, id::PartyId};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Clone, Default)]
pub struct CustomersHandle {
    preferences: Arc<Mutex<HashMap<String, Preferences>>>,
}

impl CustomersHandle {
    pub fn prefer(&self, party: &PartyId, preferences: Preferences) {
        let mut known = self.preferences.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(party.to_string(), preferences);
    }

    pub(super) fn routes(&self) -> Router {
        only_with_key(Router::new().route("/customers/{party}/preferences", get(preferences)).with_state(self.clone()))
    }
}

async fn preferences(
    State(handle): State<CustomersHandle>,
    Path(party): Path<String>,
) -> Result<Json<Preferences>, StatusCode> {
    let known = handle.preferences.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(&party).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}
