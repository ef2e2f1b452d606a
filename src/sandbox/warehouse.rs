//! The warehouse's stand-in: `GET /picks/{number}`, 404 for what it was never told of.

use super::serve::only_with_key;
use crate::system::warehouse::{PickState, PickStatus, PickedLine};
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
pub struct WarehouseHandle {
    picks: Arc<Mutex<HashMap<String, PickStatus>>>,
}

impl WarehouseHandle {
    /// These lines are picked, each with its quantity.
    pub fn picked(&self, number: &str, lines: &[(u32, u32)]) {
        let lines = lines.iter().map(|&(line, picked)| PickedLine { line, picked }).collect();
        self.set(PickStatus { number: number.to_owned(), state: PickState::Picked, lines });
    }

    pub fn set(&self, status: PickStatus) {
        self.picks.lock().unwrap_or_else(PoisonError::into_inner).insert(status.number.clone(), status);
    }

    pub(super) fn routes(&self) -> Router {
        only_with_key(Router::new().route("/picks/{number}", get(pick_status)).with_state(self.clone()))
    }
}

async fn pick_status(
    State(handle): State<WarehouseHandle>,
    Path(number): Path<String>,
) -> Result<Json<PickStatus>, StatusCode> {
    let picks = handle.picks.lock().unwrap_or_else(PoisonError::into_inner);
    picks.get(&number).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}
