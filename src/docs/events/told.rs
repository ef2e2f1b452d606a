//! What each milestone tells: when, of what, and the shape of its data. The match is complete, so a new milestone does
//! not compile until it is described here.

use super::facts::{
    self, ORDER, ROUTE, SHIPMENT, object, of, or_null, order_example, route_example, said, shipment_example,
};
use crate::domain::{
    exception::{ResolutionAction, Severity},
    id::{ExceptionId, OrderId, ShipmentId},
    milestone::MilestoneKind::{self, *},
    proof::ProofKind,
    sla::Figure,
};
use serde_json::{Value, json};

/// What a milestone tells.
pub struct Told {
    /// One sentence.
    pub when: &'static str,
    /// What the event's `subject` names.
    pub subject: &'static str,
    /// The schema of its `data`.
    pub data: Value,
    pub example_subject: &'static str,
    /// An example of its `data`.
    pub example: Value,
}

/// Of every milestone there is.
pub fn told(kind: MilestoneKind) -> Told {
    match kind {
        OrderReleased => order("The order was released for planning and delivery.", "released"),
        OrderHeld => order("The order was taken and is held; `holds` says why.", "held"),
        OrderAmended => order("The order's content was amended.", "released"),
        OrderCancelled => order("The order was cancelled before its execution.", "cancelled"),
        RoutePublished => route("The route was published for the first time.", "published"),
        RouteRevised => route("A newer revision of the route is in force, or it was broken off.", "published"),
        VehicleDeparted => departed(),
        StopEtaChanged => eta_changed(),
        StopArrived => shipment("The driver is at the stop.", "out_for_delivery"),
        DeliveryCompleted => delivered("Everything was handed over.", "delivered"),
        DeliveryPartiallyCompleted => delivered("A part was handed over.", "partially_delivered"),
        DeliveryExceptionRaised => raised(),
        DeliveryExceptionResolved => exception("A decision was taken on what went wrong.", Some("reattempt")),
        ProofReceived => proof(),
        ErpDeliveryPosted => shipment("The ERP has taken the delivery into its books.", "delivered"),
        InvoiceReleased => invoiced(),
        SlaBreached => breached(),
    }
}

fn order(when: &'static str, state: &str) -> Told {
    let data = refer("OrderFacts");
    Told { when, subject: "the order", data, example_subject: ORDER, example: order_example(state) }
}

fn shipment(when: &'static str, state: &str) -> Told {
    let data = refer("ShipmentFacts");
    Told { when, subject: "the shipment", data, example_subject: SHIPMENT, example: shipment_example(state) }
}

fn route(when: &'static str, state: &str) -> Told {
    let data = refer("RouteFacts");
    Told { when, subject: "the route", data, example_subject: ROUTE, example: route_example(state) }
}

/// Told of the route, and of each shipment aboard.
fn departed() -> Told {
    let told = shipment("The vehicle has left the depot with the shipment aboard.", "out_for_delivery");
    let data = json!({"anyOf": [refer("ShipmentFacts"), refer("RouteFacts")]});
    Told { subject: "the shipment, or the route", data, ..told }
}

fn eta_changed() -> Told {
    let instant = |description: &str| json!({"type": "string", "format": "date-time", "description": description});
    let members = json!({
        "eta": object("When the driver is expected.", json!({
            "at": instant("The likeliest instant."),
            "from": instant("Not before."),
            "until": instant("Not after."),
        })),
    });
    let eta = json!({"at": "2026-11-23T10:40:00Z", "from": "2026-11-23T10:35:00Z", "until": "2026-11-23T10:45:00Z"});
    let when = "The estimated arrival has moved by more than the threshold; never told after the arrival.";
    shipment(when, "out_for_delivery").always(members).with("eta", eta)
}

fn delivered(when: &'static str, state: &str) -> Told {
    let members = json!({
        "lines": {
            "type": "array",
            "description": "Pairs of an order line and the quantity delivered. Absent from a correction.",
            "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
        },
        "corrected": corrected(),
    });
    shipment(when, state).sometimes(members).with("lines", json!([[1, 2]]))
}

fn corrected() -> Value {
    json!({"type": "boolean", "description": "True where a person has corrected what was told before."})
}

/// A correction to a failed delivery is told under the same name, without an exception.
fn raised() -> Told {
    let mut told = exception("Something went wrong that needs a decision.", None);
    told.data = json!({"anyOf": [
        told.data,
        extended("ShipmentFacts", object("A correction.", json!({"corrected": corrected()}))),
    ]});
    told
}

fn exception(when: &'static str, action: Option<&str>) -> Told {
    let members = json!({
        "exception": of::<ExceptionId>(),
        "code": {"type": "string", "description": "The taxonomy's code."},
        "severity": of::<Severity>(),
        "blocks_invoice": {"type": "boolean", "description": "Whether the invoice waits for the decision."},
        "action": said(or_null::<ResolutionAction>(), "What was decided; null until then."),
    });
    shipment(when, "attempted")
        .always(members)
        .with("exception", json!("exc_5f1c0a9be27d4431aa02.1.1.receiver_absent"))
        .with("code", json!("receiver_absent"))
        .with("severity", json!("minor"))
        .with("blocks_invoice", json!(true))
        .with("action", json!(action))
}

fn proof() -> Told {
    let members = json!({
        "kind": of::<ProofKind>(),
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The artifact's hash, and its name."},
        "missing": {"type": "array", "items": {"type": "string"}, "description": "What the proof policy still waits for."},
    });
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    shipment("An artifact that the confirmation names has arrived.", "delivered")
        .always(members)
        .with("kind", json!("photo"))
        .with("sha256", json!(sha256))
        .with("missing", json!([]))
}

/// Told of each shipment, because that is what is followed.
fn invoiced() -> Told {
    let members = json!({
        "shipment": of::<ShipmentId>(),
        "invoice": {"type": "string", "description": "The ERP's number of the invoice."},
    });
    let told = order("The ERP has released the invoice: the order is closed.", "invoiced").always(members);
    let told = told.with("shipment", json!(SHIPMENT)).with("invoice", json!("2026-0815"));
    Told { subject: "the shipment", example_subject: SHIPMENT, ..told }
}

fn breached() -> Told {
    let members = json!({
        "exception": of::<ExceptionId>(),
        "figure": of::<Figure>(),
        "seconds": {"type": "integer", "minimum": 0, "description": "How long it took or has been taking."},
        "order": or_null::<OrderId>(),
    });
    Told {
        when: "A target of `policies/sla.toml` was missed.",
        subject: "the shipment, else the route, else the order",
        data: object("The target that was missed.", members),
        example_subject: SHIPMENT,
        example: json!({
            "exception": "exc_5f1c0a9be27d4431aa02.sla", "figure": "dispatch_to_confirmation", "seconds": 30600, "order": ORDER,
        }),
    }
}

impl Told {
    /// These members stand beside the facts.
    fn always(self, members: Value) -> Self {
        let more = object("Beside the facts.", members);
        Self { data: json!({"allOf": [self.data, more]}), ..self }
    }

    /// These members may stand beside the facts.
    fn sometimes(self, members: Value) -> Self {
        let more = json!({"type": "object", "properties": members});
        Self { data: json!({"allOf": [self.data, more]}), ..self }
    }

    fn with(mut self, member: &str, value: Value) -> Self {
        self.example[member] = value;
        self
    }

    /// The names of the members of its `data`, for a table.
    pub fn members(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.data, &mut names);
        names
    }
}

fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn extended(name: &str, more: Value) -> Value {
    json!({"allOf": [refer(name), more]})
}

fn collect(schema: &Value, names: &mut Vec<String>) {
    let named = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next());
    if let Some(known) = named.and_then(|name| facts::schemas().get(name).cloned()) {
        collect(&known, names);
    }
    for part in ["allOf", "anyOf"].iter().filter_map(|join| schema[join].as_array()).flatten() {
        collect(part, names);
    }
    for name in schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}
