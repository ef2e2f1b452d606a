//! Quickstarts: one an audience, its steps made from the contracts, so that a line to copy is always one that works.

use super::{
    Page, curl,
    frame::{block, code, escape, heading, link, prose},
};
use crate::{
    app::App,
    contract::{Contract, Operation, Registry},
};

struct Quickstart {
    audience: &'static str,
    title: &'static str,
    lead: &'static str,
    token: &'static str,
    steps: &'static [Step],
}

struct Step {
    say: &'static str,
    contract: &'static str,
    operation: &'static str,
    then: &'static str,
}

const fn step(contract: &'static str, operation: &'static str, say: &'static str, then: &'static str) -> Step {
    Step { say, contract, operation, then }
}

const ORDERS: &str = "process/orders.v1";
const ROUTES: &str = "process/routes.v1";
const EXCEPTIONS: &str = "process/exceptions.v1";
const DRIVER: &str = "experience/driver.v1";
const PARTNER: &str = "experience/partner.v2";
const TOWER: &str = "experience/control-tower.v1";

const QUICKSTARTS: &[Quickstart] = &[
    Quickstart {
        audience: "erp",
        title: "The ERP releases an order",
        lead: "Release, amend and look after orders; deliveries are posted and invoices released without re-keying.",
        token: "haulgate token erp",
        steps: &[
            step(
                ORDERS,
                "release_order",
                "Release an order",
                "Keep `order` of the answer as `ORDER`. `state` is `released`, or `held` with its reasons in `holds`.",
            ),
            step(
                ORDERS,
                "get_order",
                "Read it again",
                "Keep the `ETag` of the answer (`curl -i` shows it) as `ETAG`, with its quotes.",
            ),
            step(ORDERS, "amend_order", "Amend it", "412 says that somebody was faster: read it again, decide again."),
            step(
                ORDERS,
                "release_orders",
                "Release thousands",
                "NDJSON or CSV, streamed. Keep `batch` of the answer as `BATCH`.",
            ),
            step(ORDERS, "get_release_batch", "See how the batch goes", "Each line has an outcome of its own."),
        ],
    },
    Quickstart {
        audience: "dispatch",
        title: "A dispatcher publishes a route",
        lead: "Plan a day, publish revisions, send vehicles off, and change what has to be changed by hand.",
        token: "haulgate token dispatch",
        steps: &[
            step(
                ROUTES,
                "request_plan",
                "Ask for a plan",
                "The answer has proposed routes, and what could not be placed with the reasons.",
            ),
            step(
                ROUTES,
                "publish_route",
                "Publish a route",
                "Keep `route` of the answer as `ROUTE`. An older revision is refused.",
            ),
            step(ROUTES, "dispatch_route", "Send the vehicle off", "Its shipments are out for delivery."),
            step(ROUTES, "override_assignment", "Change it by hand", "The reason is kept; ETAs are computed anew."),
        ],
    },
    Quickstart {
        audience: "driver",
        title: "A driver confirms a delivery",
        lead: "Today's run, what happens at the door, and hours of offline work in one call.",
        token: "haulgate token driver-app --driver drv_001",
        steps: &[
            step(DRIVER, "get_run", "Get the run", "Keep `stop` of one of its stops as `STOP`."),
            step(
                DRIVER,
                "record_milestone",
                "Arrive",
                "`event` names what happened: kept over retries, it is taken once.",
            ),
            step(
                DRIVER,
                "upload_proof",
                "Upload the proof",
                "`SHA256=$(sha256sum FILE | cut -d' ' -f1)`; before or after the confirmation.",
            ),
            step(
                DRIVER,
                "confirm_stop",
                "Confirm the delivery",
                "201: confirmed. 200: known already. 202: it contradicts the books; a person decides.",
            ),
            step(DRIVER, "report_exception", "Or say what went wrong", "With a code of the taxonomy."),
            step(
                DRIVER,
                "sync",
                "Catch up after hours without a signal",
                "Up to 500 items in any order, each with an outcome of its own; send it again whole if in doubt.",
            ),
        ],
    },
    Quickstart {
        audience: "partner",
        title: "A partner follows a shipment",
        lead: "Status, ETA, history and proof of your own shipments; a webhook instead of polling.",
        token: "haulgate token partner-acme",
        steps: &[
            step(PARTNER, "list_shipments", "Find your shipments", "Keep `shipment` of one of them as `SHIPMENT`."),
            step(
                PARTNER,
                "track_shipment",
                "See where it is",
                "Send the `ETag` back as `If-None-Match`: 304 while nothing has changed.",
            ),
            step(PARTNER, "get_eta", "Ask when it comes", "With a window and how sure it is."),
            step(
                PARTNER,
                "follow_shipment",
                "Follow it as it happens",
                "Server-sent events; after a break send the last `id` as `Last-Event-ID`.",
            ),
            step(
                PARTNER,
                "create_webhook",
                "Be told instead of asking",
                "Keep `secret`: it is shown this once. The webhooks page says how to verify.",
            ),
            step(PARTNER, "get_proof_of_delivery", "Get the proof", "Links that are signed and short-lived."),
        ],
    },
    Quickstart {
        audience: "control-room",
        title: "The control room works exceptions",
        lead: "What is late, what is stuck and why; mend it, and replay what failed.",
        token: "haulgate token control-room",
        steps: &[
            step(TOWER, "get_overview", "See how the day goes", "Counts by state, and what needs somebody."),
            step(
                TOWER,
                "trace_order",
                "Trace an order to its invoice",
                "By its ERP number or its id, with every call on the way.",
            ),
            step(
                EXCEPTIONS,
                "list_exceptions",
                "Find what needs a decision",
                "Keep `exception` of one of them as `EXCEPTION`.",
            ),
            step(EXCEPTIONS, "acknowledge_exception", "Take it up", "Others see who has it."),
            step(EXCEPTIONS, "resolve_exception", "Decide", "With its consequences on shipment, route and invoice."),
            step(
                TOWER,
                "list_dead_letters",
                "Find effects that failed for good",
                "Keep `task` of one of them as `TASK`.",
            ),
            step(TOWER, "replay_dead_letter", "Have one delivered again", "Under the same id: it happens once."),
        ],
    },
];

/// A door to each, for the first page.
pub fn cards() -> String {
    let card = |one: &Quickstart| {
        let (title, lead) = (escape(one.title), escape(one.lead));
        format!("<a href=\"/docs/quickstart/{}\"><strong>{title}</strong><span>{lead}</span></a>", one.audience)
    };
    QUICKSTARTS.iter().map(card).collect()
}

pub fn page(app: &App, audience: &str) -> Option<Page> {
    let one = QUICKSTARTS.iter().find(|one| one.audience == audience)?;
    let law = app.law();
    let steps: String = one.steps.iter().filter_map(|step| shown(&law.registry, step)).collect();
    let opening = format!("export HAULGATE={}\nexport TOKEN=$({})", app.settings.server.public_url, one.token);
    let body = format!(
        "<p class=\"crumb\"><a href=\"/docs\">Contracts</a></p>\n{}{}<p>{}</p>\n<ol class=\"steps\">{steps}</ol>\n",
        heading(one.title, one.lead),
        block(&opening),
        prose("`haulgate token` makes tokens of a running `haulgate demo`; elsewhere they come from your issuer."),
    );
    Some(Page { title: one.title.into(), body })
}

fn shown(registry: &Registry, step: &Step) -> Option<String> {
    let (contract, operation) = found(registry, step)?;
    let line = block(&curl::line(contract, operation));
    let page = link(&format!("/docs/contracts/{}#{}", step.contract, step.operation), step.contract);
    let (say, then) = (escape(step.say), prose(step.then));
    Some(format!("<li><h3>{say}</h3><p>{} of {page}</p>{line}<p>{then}</p></li>\n", code(step.operation)))
}

fn found<'r>(registry: &'r Registry, step: &Step) -> Option<(&'r Contract, &'r Operation)> {
    let contract = registry.contract(step.contract)?;
    let operation = contract.operations.iter().find(|one| &*one.key.id == step.operation)?;
    Some((contract, operation))
}

/// Steps that name no operation.
pub fn missing(registry: &Registry) -> Vec<String> {
    let steps = QUICKSTARTS.iter().flat_map(|one| one.steps);
    let lost = steps.filter(|step| found(registry, step).is_none());
    lost.map(|step| format!("{} {}", step.contract, step.operation)).collect()
}
