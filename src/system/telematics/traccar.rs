//! Traccar: devices and their last positions over its API; positions pushed by the OsmAnd protocol.

use super::{Fix, Telematics};
use crate::{
    domain::place::Position,
    system::{
        caller::Caller,
        errand::Errand,
        figures::ConnectorState,
        http::{Outbound, Reply, Request},
        settings::TelematicsSettings,
        trouble::Trouble,
    },
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::{HashMap, HashSet};

const NAME: &str = "telematics";
const METRES_PER_SECOND_IN_A_KNOT: f64 = 0.514_444;

pub struct Traccar {
    api: Outbound,
    ingest: Outbound,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: i64,
    unique_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reading {
    device_id: i64,
    fix_time: Timestamp,
    #[serde(default)]
    outdated: bool,
    valid: bool,
    latitude: f64,
    longitude: f64,
    /// In knots.
    speed: f64,
    accuracy: Option<f64>,
}

impl Traccar {
    pub fn open(settings: &TelematicsSettings, caller: Caller) -> Result<Self, String> {
        let api = Outbound::open(NAME, &settings.url, &settings.limits, caller.clone())?.with_bearer(&settings.key)?;
        let ingest = Outbound::open("telematics_ingest", &settings.ingest_url, &settings.limits, caller)?;
        Ok(Self { api, ingest })
    }

    async fn ask<T: DeserializeOwned>(&self, errand: &Errand, request: Request) -> Result<T, Trouble> {
        match self.api.send(errand, request).await? {
            Reply::Good(answer) => Ok(answer),
            Reply::Declined { status, .. } => Err(declined(status)),
        }
    }
}

#[async_trait]
impl Telematics for Traccar {
    async fn latest_positions(&self, errand: &Errand, devices: &[String]) -> Result<Vec<Fix>, Trouble> {
        let mut question = Request::get(&["api", "devices"]);
        for device in devices {
            question = question.query("uniqueId", device);
        }
        let known: Vec<Device> = self.ask(errand, question).await?;
        let wanted: HashSet<&String> = devices.iter().collect();
        let names: HashMap<i64, String> = known
            .into_iter()
            .filter(|device| wanted.is_empty() || wanted.contains(&device.unique_id))
            .map(|device| (device.id, device.unique_id))
            .collect();
        let readings: Vec<Reading> = self.ask(errand, Request::get(&["api", "positions"])).await?;
        Ok(readings.into_iter().filter_map(|reading| fix(reading, &names)).collect())
    }

    async fn push_position(&self, errand: &Errand, fix: &Fix) -> Result<(), Trouble> {
        let mut request = Request::post(&[])
            .repeatable()
            .answered_by_status()
            .query("id", &fix.device)
            .query("lat", fix.position.latitude.to_string())
            .query("lon", fix.position.longitude.to_string())
            .query("timestamp", fix.at.as_second().to_string())
            .query("speed", (fix.metres_per_second / METRES_PER_SECOND_IN_A_KNOT).to_string());
        if let Some(accuracy) = fix.accuracy_metres {
            request = request.query("accuracy", accuracy.to_string());
        }
        match self.ingest.send::<()>(errand, request).await? {
            Reply::Good(()) => Ok(()),
            Reply::Declined { status: 400 | 404, .. } => {
                Err(Trouble::refused(NAME, "device_unknown", "Telematics does not know the device.", &fix.device))
            }
            Reply::Declined { status, .. } => Err(declined(status)),
        }
    }

    fn state(&self) -> ConnectorState {
        self.api.state()
    }
}

/// What is invalid, outdated or not on the globe is left out.
fn fix(reading: Reading, names: &HashMap<i64, String>) -> Option<Fix> {
    let on_globe = reading.latitude.abs() <= 90.0 && reading.longitude.abs() <= 180.0;
    let device = names.get(&reading.device_id)?.clone();
    (reading.valid && !reading.outdated && on_globe).then(|| Fix {
        device,
        position: Position { latitude: reading.latitude, longitude: reading.longitude },
        at: reading.fix_time,
        metres_per_second: reading.speed.max(0.0) * METRES_PER_SECOND_IN_A_KNOT,
        accuracy_metres: reading.accuracy,
    })
}

fn declined(status: u16) -> Trouble {
    Trouble::refused(NAME, "telematics_refused", "Telematics refused the question.", format!("status {status}"))
}
