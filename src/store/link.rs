//! A link of a lane's chain: what the hash of a row of the event log covers. Touches no database.

use super::{error::StoreError, origin::Origin, prepared::Event, statement::Row};
use crate::ids::hexadecimal;
use aws_lc_rs::digest::{Context, SHA256};

/// The first link has nothing before it.
pub(super) const NOTHING: &str = "";

/// What new rows' hashes cover. Form 1 knew no decision and no policy; its rows keep the hashes they have.
pub(super) const FORM: i64 = 2;

/// Everything a link's hash covers.
pub(super) struct Link<T> {
    form: i64,
    lane: i64,
    pub position: i64,
    pub previous: T,
    /// The subject's version, when it occurred and when it was recorded.
    numbers: [i64; 3],
    texts: [T; 14],
    /// Decision and policy.
    verdict: [T; 2],
}

impl<'a> Link<&'a str> {
    /// The link that a new event makes.
    pub fn new(lane: i64, position: i64, previous: &'a str, event: &'a Event, origin: &'a Origin) -> Self {
        let (decision, policy) = origin.decided();
        Self {
            form: FORM,
            lane,
            position,
            previous,
            numbers: [event.subject_version, event.occurred_at.as_microsecond(), origin.now.as_microsecond()],
            texts: [
                event.id.as_str(),
                &event.subject,
                &event.name,
                event.kind.name(),
                &origin.correlation_id,
                &origin.traceparent,
                &origin.actor,
                &origin.consumer,
                &origin.operation,
                &origin.contract.name,
                &origin.contract.version,
                &origin.contract.hash,
                origin.region.as_ref().map_or("", |region| region.as_str()),
                &event.data,
            ],
            verdict: [decision, policy],
        }
    }
}

impl Link<String> {
    /// The columns of a link as it was written, without its own hash: in the order `read` takes them.
    pub const COLUMNS: &str = "form, lane, lane_position, previous_hash, subject_version, occurred_at, recorded_at, id, \
        subject, type, kind, correlation_id, traceparent, actor, consumer, operation, contract_name, contract_version, \
        contract_hash, region, data, decision, policy, hash";

    /// The link as it stands in the log, and the hash that stands beside it.
    pub fn read(row: &Row) -> Result<(Self, String), StoreError> {
        let mut texts: [String; 14] = Default::default();
        for (place, text) in texts.iter_mut().enumerate() {
            *text = row.maybe_text(7 + place)?.unwrap_or_default();
        }
        let link = Self {
            form: row.int(0)?,
            lane: row.int(1)?,
            position: row.int(2)?,
            previous: row.text(3)?,
            numbers: [row.int(4)?, row.int(5)?, row.int(6)?],
            texts,
            verdict: [row.text(21)?, row.text(22)?],
        };
        Ok((link, row.text(23)?))
    }

    pub fn event(&self) -> &str {
        &self.texts[0]
    }
}

impl<T: AsRef<str>> Link<T> {
    /// Whether the columns its form does not cover are as empty as they were made.
    pub fn is_formed(&self) -> bool {
        match self.form {
            1 => self.verdict.iter().all(|text| text.as_ref().is_empty()),
            form => form == FORM,
        }
    }

    /// Each text goes in with its length, so that none can borrow from its neighbour.
    pub fn hash(&self) -> String {
        let mut context = Context::new(&SHA256);
        let mut text = |text: &str| {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        };
        text(self.previous.as_ref());
        self.texts.iter().for_each(|it| text(it.as_ref()));
        if self.form != 1 {
            self.verdict.iter().for_each(|it| text(it.as_ref()));
        }
        for number in [self.lane, self.position].iter().chain(&self.numbers) {
            context.update(&number.to_be_bytes());
        }
        if self.form != 1 {
            context.update(&self.form.to_be_bytes());
        }
        hexadecimal(context.finish().as_ref())
    }
}
