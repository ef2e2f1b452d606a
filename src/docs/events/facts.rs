//! The facts most milestones tell: of an order, a shipment, a route. The shapes of what the domain's `facts` write.

use crate::domain::{
    id::{CarrierId, OrderId, RouteId, ShipmentId, StopId, VehicleId},
    order::{HoldReason, OrderState},
    route::RouteState,
    shipment::ShipmentState,
};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

pub const ORDER: &str = "ord_5f1c0a9be27d4431aa02";
pub const SHIPMENT: &str = "shp_5f1c0a9be27d4431aa02.1";
pub const STOP: &str = "stp_5f1c0a9be27d4431aa02.1.1";
pub const ROUTE: &str = "rte_north-7";

/// By their names in the document.
pub fn schemas() -> Map<String, Value> {
    let named = [("OrderFacts", order()), ("ShipmentFacts", shipment()), ("RouteFacts", route())];
    named.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// The schema of a type, in place.
pub fn of<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).expect("a schema is plain data")
}

/// The same, or null.
pub fn or_null<T: PartialSchema>() -> Value {
    json!({"oneOf": [{"type": "null"}, of::<T>()]})
}

/// With a sentence for the reader.
pub fn said(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}

/// An object of these members, all of which are there.
pub fn object(description: &str, members: Value) -> Value {
    let required: Vec<_> = members.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    json!({"type": "object", "description": description, "required": required, "properties": members})
}

fn order() -> Value {
    object(
        "An order as it stands.",
        json!({
            "order": of::<OrderId>(),
            "order_number": {"type": "string", "description": "The ERP's number."},
            "state": of::<OrderState>(),
            "holds": {"type": "array", "items": of::<HoldReason>(), "description": "Why it is held; empty unless it is."},
            "shipments": {"type": "array", "items": of::<ShipmentId>()},
            "amendments": {"type": "integer", "minimum": 0, "description": "How often it was amended."},
        }),
    )
}

fn shipment() -> Value {
    object(
        "A shipment as it stands.",
        json!({
            "order": of::<OrderId>(),
            "order_number": {"type": "string", "description": "The ERP's number."},
            "shipment": of::<ShipmentId>(),
            "state": of::<ShipmentState>(),
            "attempt": {"type": "integer", "minimum": 0, "description": "Which attempt is under way, counted from 1."},
            "route": or_null::<RouteId>(),
            "stop": or_null::<StopId>(),
        }),
    )
}

fn route() -> Value {
    object(
        "A route as it stands.",
        json!({
            "route": of::<RouteId>(),
            "revision": {"type": "integer", "minimum": 0},
            "state": of::<RouteState>(),
            "day": {"type": "string", "format": "date"},
            "vehicle": of::<VehicleId>(),
            "carrier": or_null::<CarrierId>(),
            "stops": {"type": "array", "items": of::<StopId>(), "description": "In driving order."},
        }),
    )
}

pub fn order_example(state: &str) -> Value {
    let holds = if state == "held" { json!(["credit"]) } else { json!([]) };
    json!({
        "order": ORDER, "order_number": "SO-2026-104711", "state": state, "holds": holds, "shipments": [SHIPMENT],
        "amendments": 0,
    })
}

pub fn shipment_example(state: &str) -> Value {
    json!({
        "order": ORDER, "order_number": "SO-2026-104711", "shipment": SHIPMENT, "state": state, "attempt": 1,
        "route": ROUTE, "stop": STOP,
    })
}

pub fn route_example(state: &str) -> Value {
    json!({
        "route": ROUTE, "revision": 2, "state": state, "day": "2026-11-23", "vehicle": "veh_007", "carrier": null,
        "stops": [STOP],
    })
}
