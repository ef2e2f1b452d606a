//! The milestones as an AsyncAPI 3.0 document: CloudEvents, told by webhooks and by the feed of a shipment. Made from
//! `MilestoneKind::ALL`, so that no milestone can be missing.

mod facts;
mod told;

pub use told::{Told, told};

use crate::domain::{
    cloud_event::{CloudEvent, type_of},
    milestone::MilestoneKind,
};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

/// The whole document.
pub fn document() -> Value {
    let all = || MilestoneKind::ALL.iter().copied();
    let names: Vec<_> = all().map(MilestoneKind::name).collect();
    let messages: Map<String, Value> = all().map(|kind| (kind.name().to_owned(), message(kind))).collect();
    let mut schemas: Map<String, Value> = facts::schemas();
    schemas.insert("CloudEvent".into(), cloud_event());
    schemas.insert("WebhookHeaders".into(), webhook_headers());
    schemas.extend(all().map(|kind| (data_name(kind), told(kind).data)));
    json!({
        "asyncapi": "3.0.0",
        "info": info(),
        "defaultContentType": "application/cloudevents+json",
        "servers": servers(),
        "channels": channels(&names),
        "operations": operations(&names),
        "components": {
            "messages": messages,
            "schemas": schemas,
            "tags": {"milestones": {"name": "milestones", "description": "What the world is told"}},
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Haulgate milestones",
        "version": "1.0.0",
        "description": "What happens to orders, routes and shipments, as CloudEvents 1.0 in structured mode. An event has \
            the same `id` however often it is told: receivers keep the ids they have seen. The events of one subject are \
            ordered by `sequence`; `time` is when it happened in the world, `recordedtime` when Haulgate learnt of it.",
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        "contact": {"name": "Haulgate", "url": "https://gateway.example.org/docs"},
        "tags": [{"$ref": "#/components/tags/milestones"}],
    })
}

fn servers() -> Value {
    json!({
        "receiver": {
            "host": "{receiver}", "protocol": "https",
            "description": "The receiver of a webhook: the address given to `create_webhook`.",
            "variables": {"receiver": {"default": "hooks.partner.example", "description": "The receiver's host."}},
        },
        "gateway": {
            "host": "{gateway}", "protocol": "https",
            "description": "This gateway.",
            "variables": {"gateway": {"default": "gateway.example.org", "description": "The gateway's host."}},
        },
    })
}

fn channels(names: &[&str]) -> Value {
    let messages: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/messages/{name}")})))
        .collect();
    json!({
        "webhooks": {
            "title": "Webhooks",
            "description": "A POST to the receiver's address, signed by Standard Webhooks 1.0. Any 2xx takes the event; \
                410 ends the webhook; everything else is tried again for about 75 hours.",
            "servers": [{"$ref": "#/servers/receiver"}],
            "messages": messages,
        },
        "shipment_feed": {
            "address": "/experience/partner/v2/shipments/{shipment}/follow",
            "title": "The feed of a shipment",
            "description": "Server-sent events: `event` is the CloudEvent's type, `data` the CloudEvent, `id` the mark to \
                go on from, sent back as `Last-Event-ID`.",
            "servers": [{"$ref": "#/servers/gateway"}],
            "parameters": {"shipment": {"description": "The shipment's id.", "examples": ["shp_5f1c0a9be27d4431aa02.1"]}},
            "messages": messages,
        },
    })
}

fn operations(names: &[&str]) -> Value {
    let told = |channel: &str| -> Vec<Value> {
        names.iter().map(|name| json!({"$ref": format!("#/channels/{channel}/messages/{name}")})).collect()
    };
    json!({
        "deliver_webhook": {
            "action": "send",
            "summary": "Tells a partner's webhook.",
            "description": "At least once, in no promised order: `sequence` orders the events of one subject.",
            "channel": {"$ref": "#/channels/webhooks"},
            "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            "messages": told("webhooks"),
        },
        "follow_shipment": {
            "action": "send",
            "summary": "Tells whoever follows a shipment.",
            "description": "From the shipment's beginning or from the mark, in order, each once.",
            "channel": {"$ref": "#/channels/shipment_feed"},
            "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
            "messages": told("shipment_feed"),
        },
    })
}

fn message(kind: MilestoneKind) -> Value {
    let (told, name) = (told(kind), kind.name());
    json!({
        "name": type_of(name),
        "title": name,
        "summary": told.when,
        "description": format!("`subject` is {}.", told.subject),
        "tags": [{"$ref": "#/components/tags/milestones"}],
        "contentType": "application/cloudevents+json",
        "correlationId": {"location": "$message.payload#/correlationid"},
        "headers": {"$ref": "#/components/schemas/WebhookHeaders"},
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {"type": "object", "properties": {
                    "type": {"const": type_of(name)},
                    "data": {"$ref": format!("#/components/schemas/{}", data_name(kind))},
                }},
            ],
        },
        "examples": [{"name": name, "payload": example(kind, &told)}],
    })
}

/// The name of the schema of a milestone's data.
fn data_name(kind: MilestoneKind) -> String {
    format!("{}.data", kind.name())
}

fn cloud_event() -> Value {
    let mut schema = serde_json::to_value(CloudEvent::schema()).expect("a schema is plain data");
    if let Some(members) = schema.as_object_mut() {
        members.remove("examples");
    }
    schema["properties"]["specversion"]["const"] = json!("1.0");
    schema
}

fn webhook_headers() -> Value {
    let text =
        |description: &str, example: &str| json!({"type": "string", "description": description, "examples": [example]});
    json!({
        "type": "object",
        "description": "Standard Webhooks 1.0. Sent with webhooks only; the feed has none of them.",
        "properties": {
            "webhook-id": text("The event's `id`: the same over all attempts.", "evt_019aa2b7c1f07d0c"),
            "webhook-timestamp": text("When this attempt was made, in seconds since 1970.", "1763892752"),
            "webhook-signature": text(
                "One or more `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, with a space \
                 between; while a secret is being rotated there are two.",
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        },
    })
}

fn example(kind: MilestoneKind, told: &Told) -> Value {
    let at = |text: &str| text.parse().expect("an instant");
    let (time, recorded) = (at("2026-11-23T10:12:31Z"), at("2026-11-23T10:12:32Z"));
    let mut event = CloudEvent::new(
        "evt_019aa2b7c1f07d0c",
        kind.name(),
        told.example_subject,
        time,
        recorded,
        told.example.clone(),
    );
    event.correlationid = "019aa2b7c1f07d0c9d1a".into();
    event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".into();
    event.sequence = Some("00000007.01763892752000000.000000000041".into());
    serde_json::to_value(event).expect("a CloudEvent is plain data")
}
