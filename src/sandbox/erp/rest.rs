//! Tryton's REST API as the stand-in serves it: `/{database}/rest/model/{model}[/{id}[/{action}]]`.
//! Errors of the protocol are pages, errors of the business are JSON with 400.

use super::{COMPANY, DATABASE, ErpHandle, actions::UserError, records, state::Attachment};
use crate::sandbox::serve::{only_with_key, page};
use axum::{
    Json, Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde_json::{Value, json};

impl ErpHandle {
    pub(in crate::sandbox) fn routes(&self) -> Router {
        let model = format!("/{DATABASE}/rest/model/{{model}}");
        let routes = Router::new()
            .route(&model, get(search).post(create))
            .route(&format!("{model}/{{id}}"), get(read).put(write))
            .route(&format!("{model}/{{id}}/{{action}}"), post(act))
            .fallback(async || page(StatusCode::NOT_FOUND))
            .with_state(self.clone());
        only_with_key(routes)
    }
}

async fn search(State(erp): State<ErpHandle>, Path(model): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = Asked::of(query);
    let Some(clauses) = query.domain() else { return page(StatusCode::INTERNAL_SERVER_ERROR) };
    let state = erp.lock();
    if model == "ir.attachment" {
        return Json(attachments(&state, &clauses)).into_response();
    }
    let ids: Vec<i64> = match (model.as_str(), clauses.first().map(|clause| (&clause[0], &clause[2]))) {
        ("sale.sale", Some((field, number))) if field == "number" => {
            number.as_str().and_then(|number| state.sale_numbered(number)).into_iter().collect()
        }
        ("product.product", Some((field, codes))) if field == "code" => {
            codes.as_array().into_iter().flatten().filter_map(|code| state.product_coded(code.as_str()?)).collect()
        }
        ("sale.sale", _) => state.sales.keys().copied().collect(),
        ("stock.shipment.out", _) => state.shipments.keys().copied().collect(),
        ("account.invoice", _) => state.invoices.keys().copied().collect(),
        _ => return page(StatusCode::NOT_FOUND),
    };
    let found = ids.into_iter().filter_map(|id| erp.record(&state, &model, id));
    let found = found.filter(|record| clauses.iter().all(|clause| holds(record, clause)));
    Json(found.map(|record| records::only(&record, &query.fields)).collect::<Value>()).into_response()
}

async fn read(
    State(erp): State<ErpHandle>,
    Path((model, id)): Path<(String, i64)>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = erp.lock();
    match erp.record(&state, &model, id) {
        Some(record) => Json(records::only(&record, &Asked::of(query).fields)).into_response(),
        None => page(StatusCode::NOT_FOUND),
    }
}

async fn write(
    State(erp): State<ErpHandle>,
    Path((model, id)): Path<(String, i64)>,
    Json(values): Json<Value>,
) -> Response {
    let mut state = erp.lock();
    let text = |name: &str| values[name].as_str().map(str::to_owned);
    let written = match model.as_str() {
        "stock.shipment.out" => state.shipments.get_mut(&id).map(|shipment| shipment.reference = text("reference")),
        "account.invoice" => state.invoices.get_mut(&id).map(|invoice| invoice.comment = text("comment")),
        "stock.move" => {
            state.shipment_of_move(id).and_then(|shipment| state.shipments.get_mut(&shipment)).and_then(|shipment| {
                let step = shipment.moves.iter_mut().find(|step| step.id == id)?;
                step.quantity = values["quantity"].as_f64()?;
                Some(())
            })
        }
        _ => None,
    };
    match written {
        Some(()) => Json(json!({"id": id, "__name__": model})).into_response(),
        None => page(StatusCode::NOT_FOUND),
    }
}

/// Only attachments are created from outside.
async fn create(State(erp): State<ErpHandle>, Path(model): Path<String>, Json(values): Json<Value>) -> Response {
    let (name, resource, link) = (&values["name"], &values["resource"], &values["link"]);
    let (Some(name), Some(resource), Some(link), "ir.attachment") =
        (name.as_str(), resource.as_str(), link.as_str(), model.as_str())
    else {
        return page(StatusCode::FORBIDDEN);
    };
    let mut state = erp.lock();
    let id = state.fresh();
    let attachment = Attachment { id, name: name.to_owned(), link: link.to_owned() };
    state.attachments.entry(resource.to_owned()).or_default().push(attachment);
    state.effects.attachments += 1;
    Json(json!({"id": id, "__name__": model})).into_response()
}

async fn act(
    State(erp): State<ErpHandle>,
    Path((model, id, action)): Path<(String, i64, String)>,
    headers: HeaderMap,
) -> Response {
    match erp.press(&model, id, &action, is_in_company(&headers)) {
        Some(Ok(())) => Json(json!({"id": id, "__name__": model})).into_response(),
        Some(Err(UserError(message))) => {
            let error = json!({"status": 400, "message": message, "description": ""});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        None => page(StatusCode::NOT_FOUND),
    }
}

fn is_in_company(headers: &HeaderMap) -> bool {
    let context = headers.get("x-tryton-context").and_then(|value| unwrapped(value.to_str().ok()?));
    context.is_some_and(|context| context["company"] == COMPANY)
}

fn unwrapped(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE.decode(text).ok()?).ok()
}

/// Domain and fields of a query; its values hold nothing that is percent-encoded but the base64 padding.
struct Asked {
    domain: Option<String>,
    fields: Vec<String>,
}

impl Asked {
    fn of(query: Option<String>) -> Self {
        let query = query.unwrap_or_default().replace("%3D", "=");
        let named = |name: &str| {
            let values = query.split('&').filter_map(|pair| pair.split_once('='));
            values.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
        };
        Self { domain: named("d").pop(), fields: named("f") }
    }

    /// The clauses, each a field, an operator and a value; none if they cannot be read.
    fn domain(&self) -> Option<Vec<Value>> {
        match &self.domain {
            None => Some(Vec::new()),
            Some(text) => unwrapped(text)?.as_array().cloned(),
        }
    }
}

fn holds(record: &Value, clause: &Value) -> bool {
    let path = clause[0].as_str().unwrap_or_default();
    let value = path.split('.').fold(record, |value, name| &value[name]);
    match clause[1].as_str() {
        Some("=") => *value == clause[2],
        Some("!=") => *value != clause[2],
        Some("in") => clause[2].as_array().is_some_and(|values| values.contains(value)),
        _ => false,
    }
}

fn attachments(state: &super::state::State, clauses: &[Value]) -> Value {
    let of = |field: &str| clauses.iter().find(|clause| clause[0] == field).and_then(|clause| clause[2].as_str());
    let (resource, name) = (of("resource").unwrap_or_default(), of("name"));
    let found = state.attachments.get(resource).into_iter().flatten();
    let found = found.filter(|attachment| name.is_none_or(|name| name == attachment.name));
    found
        .map(|attachment| {
            json!({"id": attachment.id, "__name__": "ir.attachment", "name": attachment.name, "link": attachment.link})
        })
        .collect()
}
