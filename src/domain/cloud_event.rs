//! Milestones on the wire: one CloudEvent (1.0.2, structured mode), the same to webhooks, followers and brokers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A milestone as a CloudEvent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "specversion": "1.0", "id": "evt_019aa2b7c1f07d0c", "source": "/haulgate",
    "type": "haulgate.delivery.completed.v1", "subject": "shp_5f1c.1", "time": "2026-11-23T10:12:31Z",
    "datacontenttype": "application/json", "recordedtime": "2026-11-23T10:12:32Z",
    "correlationid": "019aa2b7c1f0", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
    "routeid": "rte_7", "stopid": "stp_5f1c.1.1", "sequence": "00000007.01763892752000000.000000000041",
    "data": {"order_number": "SO-1041", "shipment": "shp_5f1c.1", "state": "delivered"}
})))]
pub struct CloudEvent {
    pub specversion: String,
    /// The same however often it is delivered.
    pub id: String,
    pub source: String,
    /// `haulgate.{milestone}.v1`.
    pub r#type: String,
    /// The shipment, order or route it is about.
    pub subject: String,
    /// When it happened in the world.
    pub time: Timestamp,
    pub datacontenttype: String,
    /// When it was recorded here.
    pub recordedtime: Timestamp,
    pub correlationid: String,
    pub traceparent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routeid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopid: Option<String>,
    /// Orders the events of one subject, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    #[schema(value_type = Object)]
    pub data: Value,
}

/// The CloudEvents type of a milestone or of anything else told under its name.
pub fn type_of(name: &str) -> String {
    format!("haulgate.{name}.v1")
}

impl CloudEvent {
    /// An event about `subject`; what the data says of route and stop is said of the event.
    pub fn new(id: &str, name: &str, subject: &str, time: Timestamp, recordedtime: Timestamp, data: Value) -> Self {
        let named = |member: &str| data.get(member).and_then(Value::as_str).map(str::to_owned);
        Self {
            specversion: "1.0".into(),
            id: id.to_owned(),
            source: "/haulgate".into(),
            r#type: type_of(name),
            subject: subject.to_owned(),
            time,
            datacontenttype: "application/json".into(),
            recordedtime,
            correlationid: String::new(),
            traceparent: String::new(),
            routeid: named("route"),
            stopid: named("stop"),
            sequence: None,
            data,
        }
    }
}
