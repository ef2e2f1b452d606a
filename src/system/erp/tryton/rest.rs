//! Tryton's REST API: `/{database}/rest/model/{model}[/{id}[/{action}]]`, and what its refusals mean.

use super::{NAME, Tryton, values::wrapped};
use crate::system::{
    errand::Errand,
    http::{Reply, Request},
    trouble::Trouble,
};
use reqwest::header::HeaderValue;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::time::Duration;

/// After wrong credentials an operator is needed; asking more often than this helps nobody.
const KEY_REFUSED_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A business error: 400 with JSON. 401, 403 and 404 are HTML.
#[derive(Deserialize)]
struct BusinessError {
    message: String,
}

impl Tryton {
    /// All records the domain finds.
    pub(super) async fn search<T: DeserializeOwned>(
        &self,
        errand: &Errand,
        model: &str,
        domain: Value,
        fields: &[&str],
    ) -> Result<Vec<T>, Trouble> {
        self.search_in(errand, model, domain, fields, json!({})).await
    }

    /// The same, with more context than the company.
    pub(super) async fn search_in<T: DeserializeOwned>(
        &self,
        errand: &Errand,
        model: &str,
        domain: Value,
        fields: &[&str],
        context: Value,
    ) -> Result<Vec<T>, Trouble> {
        let request = Request::get(&[&self.database, "rest", "model", model]).query("d", wrapped(&domain));
        let request = asking(request, fields).header("x-tryton-context", self.context(context));
        self.answer(errand, request).await
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        errand: &Errand,
        model: &str,
        id: i64,
        fields: &[&str],
    ) -> Result<T, Trouble> {
        let request = Request::get(&[&self.database, "rest", "model", model, &id.to_string()]);
        self.answer(errand, self.in_company(asking(request, fields))).await
    }

    pub(super) async fn write(&self, errand: &Errand, model: &str, id: i64, values: Value) -> Result<(), Trouble> {
        let request = Request::put(&[&self.database, "rest", "model", model, &id.to_string()]).json(&values);
        self.answer::<Value>(errand, self.in_company(request.query("f", "id"))).await.map(drop)
    }

    pub(super) async fn create(&self, errand: &Errand, model: &str, values: Value) -> Result<(), Trouble> {
        let request = Request::post(&[&self.database, "rest", "model", model]).json(&values);
        self.answer::<Value>(errand, self.in_company(request.query("f", "id"))).await.map(drop)
    }

    /// Calls an action. What it answers says little; read the state afterwards.
    pub(super) async fn act(&self, errand: &Errand, model: &str, id: i64, action: &str) -> Result<(), Trouble> {
        let request = Request::post(&[&self.database, "rest", "model", model, &id.to_string(), action]);
        self.answer::<Value>(errand, self.in_company(request.query("f", "id").json(&json!({})))).await.map(drop)
    }

    async fn answer<T: DeserializeOwned>(&self, errand: &Errand, request: Request) -> Result<T, Trouble> {
        match self.outbound.send(errand, request).await? {
            Reply::Good(answer) => Ok(answer),
            Reply::Declined { status, body } => Err(declined(status, &body)),
        }
    }

    fn in_company(&self, request: Request) -> Request {
        request.header("x-tryton-context", self.context(json!({})))
    }

    fn context(&self, mut context: Value) -> HeaderValue {
        context["company"] = json!(self.company);
        HeaderValue::try_from(wrapped(&context)).expect("base64 is plain text")
    }
}

fn asking(request: Request, fields: &[&str]) -> Request {
    fields.iter().fold(request, |request, field| request.query("f", *field))
}

fn declined(status: u16, body: &[u8]) -> Trouble {
    match status {
        401 | 403 => Trouble::away(NAME, KEY_REFUSED_RETRY_AFTER, format!("status {status}: key or rights refused")),
        404 => Trouble::refused(NAME, "not_found_in_erp", "The ERP does not have it.", "status 404"),
        _ => match serde_json::from_slice::<BusinessError>(body) {
            Ok(error) => Trouble::refused(NAME, "erp_refused", "The ERP's own rules refused it.", error.message),
            Err(_) => Trouble::wrong_shape(NAME, format!("status {status} without a business error")),
        },
    }
}
