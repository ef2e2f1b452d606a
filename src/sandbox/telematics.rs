//! Traccar's stand-in: devices, last positions, and ingest by the OsmAnd protocol (speeds in knots).

use super::serve::only_with_key;
use axum::{
    Json, Router,
    extract::{Query, RawQuery, State},
    http::StatusCode,
    routing::{get, post},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Clone, Default)]
pub struct TelematicsHandle {
    devices: Arc<Mutex<BTreeMap<String, Option<Reading>>>>,
}

#[derive(Clone, Debug)]
struct Reading {
    latitude: f64,
    longitude: f64,
    knots: f64,
    at: Timestamp,
    valid: bool,
    outdated: bool,
}

impl TelematicsHandle {
    pub fn add_device(&self, name: &str) {
        self.lock().entry(name.to_owned()).or_default();
    }

    /// How many positions are known, the invalid ones with the others.
    pub fn positions(&self) -> usize {
        self.lock().values().flatten().count()
    }

    /// Spoils the device's last position, as a tracker in a tunnel does.
    pub fn spoil(&self, name: &str, valid: bool, outdated: bool) {
        if let Some(Some(reading)) = self.lock().get_mut(name) {
            (reading.valid, reading.outdated) = (valid, outdated);
        }
    }

    pub(super) fn routes(&self) -> Router {
        let routes = Router::new().route("/api/devices", get(devices)).route("/api/positions", get(positions));
        only_with_key(routes.with_state(self.clone()))
    }

    /// On a port of its own, and without a key: the device's name is all there is.
    pub(super) fn ingest_routes(&self) -> Router {
        Router::new().route("/", post(ingest).get(ingest)).with_state(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<Reading>>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn devices(State(handle): State<TelematicsHandle>, RawQuery(query): RawQuery) -> Json<Value> {
    let query = query.unwrap_or_default();
    let asked: Vec<&str> = query.split('&').filter_map(|pair| pair.strip_prefix("uniqueId=")).collect();
    let known = handle.lock();
    let of = |(id, name): (usize, &String)| json!({"id": id, "name": name, "uniqueId": name, "status": "online"});
    let wanted = known.keys().enumerate().filter(|(_, name)| asked.is_empty() || asked.contains(&name.as_str()));
    Json(wanted.map(of).collect())
}

async fn positions(State(handle): State<TelematicsHandle>) -> Json<Value> {
    let known = handle.lock();
    let last = known.values().enumerate().filter_map(|(id, reading)| Some(position(id, reading.as_ref()?)));
    Json(last.collect())
}

fn position(device: usize, reading: &Reading) -> Value {
    json!({
        "id": device + 1000, "deviceId": device, "protocol": "osmand", "deviceTime": reading.at, "fixTime": reading.at,
        "serverTime": reading.at, "outdated": reading.outdated, "valid": reading.valid, "latitude": reading.latitude,
        "longitude": reading.longitude, "altitude": 0.0, "speed": reading.knots, "course": 0.0, "accuracy": 5.0,
        "geofenceIds": null, "attributes": {},
    })
}

#[derive(Deserialize)]
struct Report {
    id: String,
    lat: f64,
    lon: f64,
    timestamp: i64,
    #[serde(default)]
    speed: f64,
}

async fn ingest(State(handle): State<TelematicsHandle>, Query(report): Query<Report>) -> StatusCode {
    let Ok(at) = Timestamp::from_second(report.timestamp) else { return StatusCode::BAD_REQUEST };
    let (latitude, longitude, knots) = (report.lat, report.lon, report.speed);
    match handle.lock().get_mut(&report.id) {
        Some(place) if place.as_ref().is_none_or(|last| last.at <= at) => {
            *place = Some(Reading { latitude, longitude, knots, at, valid: true, outdated: false });
            StatusCode::OK
        }
        Some(_) => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    }
}
