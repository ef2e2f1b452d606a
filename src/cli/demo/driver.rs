//! One driver's day: stop after stop, with a phone that loses its signal, sends things twice and in the wrong order.

use super::{
    caller::Caller,
    progress::{Counts, Progress},
};
use crate::{clock::Clock, ids};
use jiff::Timestamp;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};

/// A driver with the app in hand.
pub struct Driver {
    pub caller: Caller,
    pub clock: Clock,
    pub progress: Progress,
    pub chance: StdRng,
    /// What the phone keeps while it has no signal: items to sync, and artifacts to upload.
    kept: Vec<Value>,
    artifacts: Vec<Artifact>,
    /// Stops still to come without a signal.
    silent: u32,
}

struct Artifact {
    sha256: String,
    bytes: Vec<u8>,
}

/// What failed, as drivers tell it.
const FAILURES: [&str; 4] = ["receiver_absent", "refused_by_receiver", "premises_closed", "address_inaccessible"];

impl Driver {
    pub fn new(caller: Caller, clock: Clock, progress: Progress, seed: u64) -> Self {
        let chance = StdRng::seed_from_u64(seed);
        Self { caller, clock, progress, chance, kept: Vec::new(), artifacts: Vec::new(), silent: 0 }
    }

    /// Drives today's run to its end.
    pub async fn drive(mut self, day: &str) -> Result<(), String> {
        let run = self.caller.get(&format!("/experience/driver/v1/run?day={day}")).await?.good()?;
        for stop in run["stops"].as_array().into_iter().flatten() {
            self.lose_signal();
            self.serve(stop).await?;
            self.find_signal().await?;
        }
        self.silent = 0;
        self.send_kept().await
    }

    /// Arrives, does what is to be done, and tells it or keeps it.
    async fn serve(&mut self, stop: &Value) -> Result<(), String> {
        let late = self.chance.random_range(-120..900);
        self.wait_until(instant(&stop["expected_at"])? + jiff::SignedDuration::from_secs(late)).await;
        let arrived = self.item(stop, "milestone", json!({"milestone": "arrived"}));
        self.tell("milestones", arrived).await?;
        let service = stop["service_seconds"].as_i64().unwrap_or(300);
        self.wait_until(self.clock.now() + jiff::SignedDuration::from_secs(service)).await;
        if self.chance.random_bool(0.06) { self.fail(stop).await } else { self.hand_over(stop).await }
    }

    async fn hand_over(&mut self, stop: &Value) -> Result<(), String> {
        let handover = self.handover(stop);
        let item = self.item(stop, "confirm", json!({ "handover": handover }));
        self.tell("confirmation", item).await?;
        self.progress.add(|counts: &Counts| &counts.confirmed, 1);
        Ok(())
    }

    async fn fail(&mut self, stop: &Value) -> Result<(), String> {
        let code = FAILURES[self.chance.random_range(0..FAILURES.len())];
        let photo = self.artifact("photo");
        let item = self.item(
            stop,
            "exception",
            json!({"exception": {"code": code, "note": "Nobody could take it.", "proofs": [photo]}}),
        );
        self.tell("exceptions", item).await?;
        self.progress.add(|counts: &Counts| &counts.failed, 1);
        Ok(())
    }

    /// Everything the proof policy demands of this stop; now and then something is broken.
    fn handover(&mut self, stop: &Value) -> Value {
        let demand = &stop["proof"];
        let wants = |name: &str| demand[name].as_bool().unwrap_or_default();
        let mut proofs = Vec::new();
        if wants("signature") {
            proofs.push(self.artifact("signature"));
        }
        if wants("photo_of_place") {
            proofs.push(self.artifact("photo_of_place"));
        }
        for _ in 0..demand["photos"].as_u64().unwrap_or_default() {
            proofs.push(self.artifact("photo"));
        }
        let goods = stop["goods"].as_array().cloned().unwrap_or_default();
        let barcodes: Vec<_> =
            goods.iter().map(|line| format!("PARCEL-{}-{}", stop["order_number"], line["line"])).collect();
        let mut differences = Vec::new();
        let fragile = goods.iter().find(|line| line["quantity"].as_u64().unwrap_or_default() > 1);
        if let Some(line) = fragile.filter(|_| self.chance.random_bool(0.04)) {
            differences.push(json!({"line": line["line"], "damaged": 1}));
        }
        json!({
            "received_by": "The receiver", "differences": differences, "proofs": proofs, "barcodes": barcodes,
            "pin_checked": wants("pin"), "age_checked": wants("age"),
        })
    }

    /// Takes a picture, to be uploaded with what it belongs to.
    fn artifact(&mut self, kind: &str) -> Value {
        let bytes = format!("{kind} {}", ids::fresh_token()).into_bytes();
        let sha256 = ids::sha256(&bytes);
        self.artifacts.push(Artifact { sha256: sha256.clone(), bytes });
        json!({"sha256": sha256, "kind": kind, "media_type": "image/jpeg", "taken_at": self.clock.now()})
    }

    fn item(&self, stop: &Value, kind: &str, more: Value) -> Value {
        let mut item = json!({
            "event": ids::fresh_token(), "kind": kind, "stop": stop["stop"], "occurred_at": self.clock.now(),
            "position": stop["address"]["position"], "device": "demo-phone",
        });
        if let (Some(item), Some(more)) = (item.as_object_mut(), more.as_object()) {
            item.extend(more.clone());
        }
        item
    }

    /// Tells it at once, or keeps it for later where there is no signal.
    async fn tell(&mut self, what: &str, item: Value) -> Result<(), String> {
        if self.silent > 0 {
            self.kept.push(item);
            return Ok(());
        }
        let (stop, event) = (item["stop"].as_str().unwrap_or_default(), item["event"].as_str().unwrap_or_default());
        let path = format!("/experience/driver/v1/stops/{stop}/{what}");
        let mut said = item.clone();
        if let Some(said) = said.as_object_mut() {
            said.shift_remove("kind");
            said.shift_remove("stop");
        }
        self.upload().await?;
        self.caller.post_as(event, &path, &said).await?.good()?;
        if self.chance.random_bool(0.05) {
            // The answer was lost on the way: the phone sends it again, under the same key.
            self.caller.post_as(event, &path, &said).await?.good()?;
            self.progress.add(|counts: &Counts| &counts.duplicates, 1);
        }
        Ok(())
    }

    /// Now and then there is no signal for a few stops.
    fn lose_signal(&mut self) {
        if self.silent == 0 && self.chance.random_bool(0.08) {
            self.silent = self.chance.random_range(1..=4);
            self.progress.add(|counts: &Counts| &counts.offline, 1);
        }
    }

    async fn find_signal(&mut self) -> Result<(), String> {
        if self.silent > 0 {
            self.silent -= 1;
            if self.silent == 0 {
                self.send_kept().await?;
            }
        }
        Ok(())
    }

    /// Syncs what was kept: shuffled, some of it twice, and sometimes all of it again.
    async fn send_kept(&mut self) -> Result<(), String> {
        if self.kept.is_empty() {
            return self.upload().await;
        }
        let mut items = std::mem::take(&mut self.kept);
        let twice: Vec<_> = items.iter().filter(|_| self.chance.random_bool(0.3)).cloned().collect();
        self.progress.add(|counts: &Counts| &counts.duplicates, twice.len());
        items.extend(twice);
        items.shuffle(&mut self.chance);
        for _ in 0..=u32::from(self.chance.random_bool(0.2)) {
            let batch = json!({"sent_at": self.clock.now(), "items": items});
            let synced = self.caller.post("/experience/driver/v1/sync", &batch).await?.good()?;
            let rejected = synced["items"].as_array().into_iter().flatten().find(|item| item["outcome"] == "rejected");
            if let Some(rejected) = rejected {
                return Err(format!("rejected: {rejected}"));
            }
        }
        self.upload().await
    }

    async fn upload(&mut self) -> Result<(), String> {
        for Artifact { sha256, bytes } in std::mem::take(&mut self.artifacts) {
            let path = format!("/experience/driver/v1/proofs/{sha256}");
            self.caller.upload(&path, "image/jpeg", bytes).await?.good()?;
        }
        Ok(())
    }

    async fn wait_until(&self, instant: Timestamp) {
        tokio::time::sleep(self.clock.until(instant)).await;
    }
}

fn instant(value: &Value) -> Result<Timestamp, String> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| format!("no instant: {value}"))
}
