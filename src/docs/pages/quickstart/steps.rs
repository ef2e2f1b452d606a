//! The steps of every quickstart: one order's way past five desks of a running demo, in the order of the day.

/// One audience's way in.
pub struct Quickstart {
    pub audience: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    /// What makes its token of a running demo.
    pub token: &'static str,
    /// Shell variables beside the address and the token.
    pub prepare: &'static str,
    pub steps: &'static [Step],
}

/// One call. What is not said here is taken from the contract: path, header fields, and the example of its body.
pub struct Step {
    pub contract: &'static str,
    pub operation: &'static str,
    pub say: &'static str,
    pub then: &'static str,
    /// Lines before it.
    pub begin: &'static str,
    /// Such as `?state=open`.
    pub query: &'static str,
    /// A JSON body with shell variables; the contract's example where it is empty.
    pub body: &'static str,
    /// A file to send, with its media type.
    pub file: Option<(&'static str, &'static str)>,
    /// What to keep of `answer.json` or `headers.txt` for the steps after it.
    pub keep: &'static str,
}

const fn step(contract: &'static str, operation: &'static str, say: &'static str, then: &'static str) -> Step {
    Step { contract, operation, say, then, begin: "", query: "", body: "", file: None, keep: "" }
}

impl Step {
    const fn begins(self, begin: &'static str) -> Self {
        Self { begin, ..self }
    }

    const fn asks(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn sends(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn sends_file(self, file: &'static str, media: &'static str) -> Self {
        Self { file: Some((file, media)), ..self }
    }

    const fn keeps(self, keep: &'static str) -> Self {
        Self { keep, ..self }
    }
}

const ORDERS: &str = "process/orders.v1";
const ROUTES: &str = "process/routes.v1";
const EXCEPTIONS: &str = "process/exceptions.v1";
const DRIVER: &str = "experience/driver.v1";
const PARTNER: &str = "experience/partner.v2";
const TOWER: &str = "experience/control-tower.v1";

pub const QUICKSTARTS: &[Quickstart] = &[
    Quickstart {
        audience: "erp",
        title: "The ERP releases an order",
        lead: "Release, amend and look after orders; deliveries are posted and invoices released without re-keying.",
        token: "haulgate token erp",
        prepare: "DAY=$(date -u +%F)\nNUMBER=QS-$(date +%s)",
        steps: &[
            step(ORDERS, "release_order", "Release an order", RELEASED)
                .sends(ORDER)
                .keeps("ORDER=$(jq -r .order answer.json)"),
            step(ORDERS, "get_order", "Read it again", "The `ETag` is the version that a change has to name.")
                .keeps("ETAG=$(grep -i '^etag:' headers.txt | cut -d' ' -f2 | tr -d '\\r')"),
            step(ORDERS, "amend_order", "Amend it", "412 says that somebody was faster: read it again, decide again.")
                .sends(r#"{"constraints": {"service_seconds": 900}}"#),
            step(ORDERS, "release_orders", "Release thousands", "NDJSON or CSV, streamed: one order a line.")
                .keeps("BATCH=$(jq -r .batch answer.json)"),
            step(ORDERS, "get_release_batch", "See how the batch goes", "Each line has an outcome of its own."),
        ],
    },
    Quickstart {
        audience: "dispatch",
        title: "A dispatcher publishes a route",
        lead: "Plan a day, publish revisions, send vehicles off, and change what has to be changed by hand.",
        token: "haulgate token dispatch",
        prepare: "DAY=$(date -u +%F)",
        steps: &[
            step(ROUTES, "request_plan", "Ask for a plan", PLANNED)
                .sends(PLAN)
                .keeps("ROUTE=$(jq -r '.routes[0].id' answer.json)"),
            step(ROUTES, "publish_route", "Publish a route", "An older revision than the one known is refused.")
                .sends(r#"{"revision": 1}"#),
            step(ROUTES, "override_assignment", "Change it by hand", "The reason is kept; ETAs are computed anew.")
                .sends(SWAP),
            step(
                ROUTES,
                "dispatch_route",
                "Send the vehicle off",
                "Its shipments are out for delivery: the driver goes on.",
            )
            .sends("{}"),
        ],
    },
    Quickstart {
        audience: "driver",
        title: "A driver confirms a delivery",
        lead: "Today's run, what happens at the door, and hours of offline work in one call.",
        token: "haulgate token driver-app --driver drv_001",
        prepare: "NOW=$(date -u +%FT%TZ)",
        steps: &[
            step(DRIVER, "get_run", "Get the run", "404: this driver has none. The dispatcher's page sends one off.")
                .keeps("STOP=$(jq -r '.stops[0].stop' answer.json)\nNEXT=$(jq -r '.stops[1].stop' answer.json)"),
            step(
                DRIVER,
                "record_milestone",
                "Arrive",
                "`event` names what happened: kept over retries, it is taken once.",
            )
            .sends(r#"{"event": "arrived-$STOP", "occurred_at": "$NOW", "milestone": "arrived"}"#),
            step(
                DRIVER,
                "upload_proof",
                "Upload the proof",
                "Under the hash of its bytes, before or after the confirmation.",
            )
            .begins("date > photo.jpg\nSHA256=$(sha256sum photo.jpg | cut -d' ' -f1)")
            .sends_file("photo.jpg", "image/jpeg"),
            step(DRIVER, "confirm_stop", "Confirm the delivery", CONFIRMED).sends(CONFIRMATION),
            step(DRIVER, "sync", "Catch up after hours without a signal", SYNCED).sends(SYNC),
        ],
    },
    Quickstart {
        audience: "partner",
        title: "A partner follows a shipment",
        lead: "Status, ETA, history and proof of your own shipments; a webhook instead of polling.",
        token: "haulgate token partner-acme",
        prepare: "",
        steps: &[
            step(PARTNER, "list_shipments", "Find your shipments", "A page; `next` leads to the one after it.")
                .asks("?state=delivered")
                .keeps("SHIPMENT=$(jq -r '.items[0].shipment' answer.json)"),
            step(
                PARTNER,
                "track_shipment",
                "See where it is",
                "Send the `ETag` back as `If-None-Match`: 304 if it is the same.",
            ),
            step(PARTNER, "get_eta", "Ask when it comes", "A window, how sure it is, and why; none once it has come."),
            step(PARTNER, "follow_shipment", "Follow it as it happens", FOLLOWED),
            step(PARTNER, "create_webhook", "Be told instead of asking", "Keep `secret`: it is shown this once."),
            step(PARTNER, "get_proof_of_delivery", "Get the proof", "Links that are signed and short-lived."),
        ],
    },
    Quickstart {
        audience: "control-room",
        title: "The control room works exceptions",
        lead: "What is late, what is stuck and why; mend it, and replay what failed.",
        token: "haulgate token control-room",
        prepare: "",
        steps: &[
            step(TOWER, "get_overview", "See how the day goes", "Counts by state, and what needs somebody."),
            step(EXCEPTIONS, "list_exceptions", "Find what needs a decision", "By state, code, severity or region.")
                .asks("?code=receiver_absent")
                .keeps("EXCEPTION=$(jq -r '.items[0].id' answer.json)\nORDER=$(jq -r '.items[0].order' answer.json)"),
            step(
                TOWER,
                "trace_order",
                "Trace its order to the invoice",
                "By its number or its id, with every call on the way.",
            ),
            step(EXCEPTIONS, "get_exception", "Read it", "Who raised it, who has it, and what was decided."),
            step(TOWER, "list_dead_letters", "Find effects that failed for good", DEAD),
        ],
    },
];

const RELEASED: &str = "`state` is `released`, or `held` with its reasons in `holds`: the demo's ERP does not know this \
    number, so a person has to let it go.";
const PLANNED: &str = "Proposed routes, and what could not be placed with the reasons.";
const CONFIRMED: &str = "201: confirmed. 200: known already. 202: it contradicts the books; a person decides.";
const SYNCED: &str = "Up to 500 items in any order, each with an outcome of its own: the first was known, the second is \
    new. If in doubt, send it again whole.";
const FOLLOWED: &str = "Server-sent events, until you stop it; after a break send the last `id` as `Last-Event-ID`.";
const DEAD: &str = "Each with its attempts and the reason. `replay_dead_letter` has one delivered again under the same id: \
    it happens once.";

const ORDER: &str = r#"{
  "number": "$NUMBER", "party": "pty_acme", "region": "reg_east", "kind": "delivery",
  "lines": [{
    "line": 1, "item": "itm_003", "description": "Paper A4", "quantity": 2, "weight_grams": 5000, "drop": 1
  }],
  "address": {
    "name": "Acme, dock 3", "street": "Station Street 12", "postal_code": "02-652", "city": "Warszawa",
    "country": "PL", "position": {"latitude": 52.2297, "longitude": 21.0122}
  },
  "window": {"from": "${DAY}T06:00:00Z", "until": "${DAY}T23:59:00Z"},
  "value": {"minor": 129900, "currency": "PLN"}
}"#;

const PLAN: &str = r#"{
  "region": "reg_east", "day": "$DAY", "thinking_seconds": 1,
  "fleet": [{
    "vehicle": "veh_001", "driver": "drv_002",
    "shift": {"from": "${DAY}T06:00:00Z", "until": "${DAY}T23:59:00Z"}
  }]
}"#;

const SWAP: &str = r#"{
  "change": {"action": "swap_driver", "driver": "drv_001"},
  "reason": "She knows the way."
}"#;

const CONFIRMATION: &str = r#"{
  "event": "confirmed-$STOP", "occurred_at": "$NOW",
  "handover": {
    "received_by": "M. Weber",
    "proofs": [{"sha256": "$SHA256", "kind": "photo", "media_type": "image/jpeg", "taken_at": "$NOW"}]
  }
}"#;

const SYNC: &str = r#"{
  "sent_at": "$NOW",
  "items": [
    {
      "event": "arrived-$STOP", "kind": "milestone", "stop": "$STOP", "occurred_at": "$NOW", "milestone": "arrived"
    }, {
      "event": "absent-$NEXT", "kind": "exception", "stop": "$NEXT", "occurred_at": "$NOW",
      "exception": {"code": "receiver_absent", "note": "Rang twice, left a card."}
    }
  ]
}"#;
