//! Amending an order: a JSON merge-patch (RFC 7396) on what the ERP said it is.

use super::{
    findings::{Found, find},
    prepare::may_release,
    published::as_published,
    seen,
    view::{OrderView, Standing, example, stands},
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        decision::{Outcome, Rules},
        id::{OrderId, PartyId, RegionId},
        order::{self, Amendment, Findings, OrderContent, OrderKind, OrderLine},
    },
    error::Error,
    policy::{Call, OnUnavailable, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Change, LoadedDossier},
};
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The parts of an order that shall be otherwise: members that are present replace, objects member by member, lists
/// whole, and `null` takes back to the default. What comes of it has to be a complete `OrderContent`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderAmendment {
    /// May be repeated, not changed.
    #[schema(max_length = 40)]
    pub number: Option<String>,
    /// May be repeated, not changed.
    pub party: Option<PartyId>,
    /// May be repeated, not changed.
    pub region: Option<RegionId>,
    /// May be repeated, not changed.
    pub kind: Option<OrderKind>,
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Option<Vec<OrderLine>>,
    /// Members of `Address`.
    #[schema(value_type = Option<Object>)]
    pub address: Option<Map<String, Value>>,
    /// Members of `Window`.
    #[schema(value_type = Option<Object>)]
    pub window: Option<Map<String, Value>>,
    /// Members of `Constraints`.
    #[schema(value_type = Option<Object>)]
    pub constraints: Option<Map<String, Value>>,
    /// Members of `Money`.
    #[schema(value_type = Option<Object>)]
    pub value: Option<Map<String, Value>>,
}

/// What the ERP wants instead, made ready to be written.
struct Prepared {
    order: OrderId,
    version: i64,
    content: OrderContent,
    found: Found,
}

/// Amends an order that nobody is under way with yet.
///
/// The body is a JSON merge-patch on the order's content; number, party, region and kind stay. The systems are asked
/// again, and what they say counts: an order may come to be held by it. What was planned stays planned if it still
/// fits, and is planned anew otherwise.
#[utoipa::path(
    patch, path = "/process/orders/v1/orders/{order}", operation_id = "amend_order", tag = "orders",
    extensions(("x-when-away" = json!(["hold", "accept", "refuse"]))),
    params(
        ("order" = OrderId, Path, description = "The order's id.", example = "ord_5f1c0a9be27d4431aa02"),
        ("If-Match" = String, Header, description = "The ETag of the order as you read it.", example = json!("\"3\"")),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = json!("\"8e03978e-40d5-43e8-bc93-6894a57f9325\"")),
    ),
    request_body(description = "A JSON merge-patch (RFC 7396).", content(
        (OrderAmendment = "application/merge-patch+json", example = json!(example_amendment())),
        (OrderAmendment = "application/json", example = json!(example_amendment())),
    )),
    responses((status = 200, description = "The order as it stands now: released, planned, or held with its reasons.", body = OrderView,
        headers(("ETag" = String, description = "The order's version, for `If-Match`."), ("Location" = String, description = "Where the order is found.")), example = json!(example())))
)]
pub async fn amend_order(
    State(app): State<App>,
    call: Call,
    Path(order): Path<OrderId>,
    Body(patch): Body<Value>,
) -> Result<Settled<Standing>, Error> {
    let viewer = Viewer::of(&call);
    let loaded = seen(&app.store, &viewer, &order).await?;
    let content = as_published(&app, merged(&loaded.content, patch))?;
    call.conditions().expects(loaded.version)?;
    may_release(&viewer, &content)?;
    amend(&app, &Case::of(&call), (order, loaded.version), content, call.governed().policy.on_unavailable, stands).await
}

/// Replaces the content of an order that stands at this version.
pub async fn amend(
    app: &App,
    case: &Case,
    (order, version): (OrderId, i64),
    content: OrderContent,
    away: OnUnavailable,
    word: impl Fn(&Standing) -> Answer,
) -> Result<Settled<Standing>, Error> {
    let dossier = dossier(app, &order, version).await?;
    // What the rules refuse is refused before anybody is asked.
    decided(app, case, &dossier, Amendment { content: content.clone(), findings: Findings::default() })?;
    let found = find(app, case, &content, away).await?;
    let prepared = Prepared { order, version, content, found };
    decide(&app.store, case, word, || prepared.draft(app, case)).await
}

impl Prepared {
    async fn draft(&self, app: &App, case: &Case) -> Result<(Change, Standing), Error> {
        let dossier = dossier(app, &self.order, self.version).await?;
        let amendment = Amendment { content: self.content.clone(), findings: self.found.findings.clone() };
        let Outcome { state, follows } = decided(app, case, &dossier, amendment)?;
        let mut change = case.change_in(&self.content.region);
        let standing = Standing::after(self.version, &state.order);
        dossier.write(&mut change, state);
        app.store.follow(&mut change, follows).await?;
        change.audit("amend_order", self.order.as_str(), json!({ "unheard": self.found.unheard }));
        Ok((change, standing))
    }
}

/// The order as it was read, or not at all.
async fn dossier(app: &App, order: &OrderId, version: i64) -> Result<LoadedDossier, Error> {
    let dossier = app.store.dossier(order).await?.ok_or(Error::NotFound("order"))?;
    if dossier.order.version == version { Ok(dossier) } else { Err(Error::PreconditionFailed) }
}

fn decided(
    app: &App,
    case: &Case,
    dossier: &LoadedDossier,
    amendment: Amendment,
) -> Result<Outcome<crate::domain::decision::Dossier>, Error> {
    let law = app.law();
    let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
    Ok(order::amend(dossier.states(), amendment, rules, case.now())?)
}

/// The content with the patch applied.
fn merged(content: &OrderContent, patch: Value) -> Value {
    let mut target = serde_json::to_value(content).expect("an order is plain data");
    merge(&mut target, patch);
    target
}

/// RFC 7396: objects member by member, `null` removes, everything else replaces.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let members = target.as_object_mut().expect("it was made an object above");
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn example_amendment() -> Value {
    json!({ "window": { "until": "2026-11-23T14:00:00Z" }, "constraints": null })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merging_does_what_the_rfc_says() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (mut target, patch, result) in cases {
            let told = format!("{target} with {patch}");
            merge(&mut target, patch);
            assert_eq!(target, result, "{told}");
        }
    }
}
