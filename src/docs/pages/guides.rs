//! Guides: how keys make retries safe, and how a receiver verifies a webhook.

use super::{
    Page,
    frame::{block, code, heading, link, prose, table},
};
use crate::{
    app::App,
    policy::{Governed, Idempotency},
};
use std::sync::Arc;

/// What the gateway promises about `Idempotency-Key`, and how long it remembers.
pub fn idempotency(app: &App) -> Page {
    let lead = "Send `Idempotency-Key` with every operation that has an effect, and keep the key over retries: \
        the effect happens once, and the answer is the first one, byte for byte, with `Idempotent-Replayed: true`.";
    let rules = [
        "A key is a quoted string or a bare token of 8 to 128 visible characters, four of them different; a UUID is best. \
         Make it before the first attempt, and store it before sending.",
        "Keys are yours alone: another consumer's key is another key, and so is the same key on another operation.",
        "The same key with another body is refused with 422 `idempotency_key_reused`.",
        "While the first request is still being worked on, the second is answered 409 `in_progress`.",
        "Answers that say nothing final (429, 503, 504) are not remembered: send the same key again.",
        "In `sync` each item's `event` is its key; in `upload_proof` the artifact's hash is.",
    ];
    let rules: String = rules.iter().map(|rule| format!("<li>{}</li>", prose(rule))).collect();
    let law = app.law();
    let mut keyed: Vec<_> = law.governed().filter(|one| one.policy.idempotency != Idempotency::None).collect();
    keyed.sort_by_key(|one| (one.contract.name(), one.operation.key.id.clone()));
    let table = table(["Operation", "Contract", "Key", "Remembered"], keyed.into_iter().map(keyed_row));
    let body =
        format!("{}<ul>{rules}</ul>\n<h2>How long keys are remembered</h2>\n{table}", heading("Idempotency", lead));
    Page { title: "Idempotency".into(), body }
}

fn keyed_row(one: &Arc<Governed>) -> [String; 4] {
    let (contract, id) = (one.contract.name(), &one.operation.key.id);
    let required = if one.policy.idempotency == Idempotency::Required { "required" } else { "optional" };
    [
        code(id),
        link(&format!("/docs/contracts/{contract}#{id}"), &contract),
        required.to_owned(),
        format!("{} hours", one.policy.retention_hours),
    ]
}

const VERIFY_PYTHON: &str = r#"import base64, hashlib, hmac, time

def verify(secret: str, headers: dict, body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    when = headers["webhook-timestamp"]
    if abs(time.time() - int(when)) > 300:
        return False
    signed = f'{headers["webhook-id"]}.{when}.'.encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(one, f"v1,{wanted}") for one in given)"#;

const VERIFY_NODE: &str = r#"import { createHmac, timingSafeEqual } from "node:crypto";

export function verify(secret, headers, body /* Buffer */) {
  const when = headers["webhook-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(when)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key);
  mac.update(`${headers["webhook-id"]}.${when}.`).update(body);
  const wanted = Buffer.from(`v1,${mac.digest("base64")}`);
  return headers["webhook-signature"].split(" ").map((one) => Buffer.from(one))
    .some((one) => one.length === wanted.length && timingSafeEqual(one, wanted));
}"#;

/// How a receiver verifies a webhook, and what it should answer.
pub fn webhooks() -> Page {
    let lead = "A webhook is a POST with one CloudEvent, signed by Standard Webhooks 1.0. Verify it, keep its id, answer 2xx, \
        and only then do the work.";
    let steps = [
        "Take the body's bytes as they came; do not parse and write them again.",
        "Refuse a `webhook-timestamp` more than five minutes from your clock.",
        "Compute HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}` with the secret's bytes: base64 behind `whsec_`.",
        "Compare in constant time with each `v1,…` of `webhook-signature`; one match suffices. While a secret is being \
         rotated, both sign for a day.",
        "Keep `webhook-id` (it is the event's `id`) for a week and take each once: delivery is at least once, and `sequence` \
         orders the events of one subject.",
    ];
    let steps: String = steps.iter().map(|step| format!("<li>{}</li>", prose(step))).collect();
    let rows = [
        ("2xx", "The event is taken."),
        ("410", "The webhook is ended; a test that succeeds takes it up again."),
        ("429, 502, 504 and `Retry-After`", "Tried again, not before the time given."),
        (
            "Everything else, and redirects",
            "Tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h; then it is a dead letter.",
        ),
    ];
    let table = table(["You answer", "What follows"], rows.map(|(answer, follows)| [prose(answer), prose(follows)]));
    let body = format!(
        "{}<ol>{steps}</ol>\n<h2>In Python</h2>\n{}<h2>In JavaScript</h2>\n{}<h2>What to answer</h2>\n{table}<p>{}</p>\n",
        heading("Webhooks", lead),
        block(VERIFY_PYTHON),
        block(VERIFY_NODE),
        prose("Missed something? `redeliver_webhook` tells one event, or everything since an instant, again."),
    );
    Page { title: "Webhooks".into(), body }
}
