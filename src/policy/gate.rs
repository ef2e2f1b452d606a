//! The gate: what every request to an operation passes. Does it live, who, how often, may they, once; then it is a
//! `Call`.

use super::{
    access::{Footing, Principal, Viewer},
    audit,
    bind::{Governed, Law},
    call::{Asking, Call, Correlation},
    consumer::Consumer,
    drift::DriftLedger,
    identity,
    once::{Claim, Claims as Keys, Once, fingerprint, key_of},
    preference::Preferences,
    promises::Promises,
    quota::Quotas,
    token::{Claims, Presented, Tokens, insufficient_scope},
    usage::UsageLedger,
};
use crate::{
    body::{Received, plainly_coded, receive, small_enough},
    clock::Clock,
    error::{Error, Final, Pointed},
    reply::replayed,
    store::{Answer, Change, OnceKey, Store, StoreError},
};
use arc_swap::ArcSwap;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// Everything the gate decides by.
pub struct Gate {
    pub law: ArcSwap<Law>,
    pub tokens: Tokens,
    pub quotas: Quotas,
    pub store: Store,
    pub clock: Clock,
    pub keys: Keys,
    /// Which answers departed from their contracts, as far as a sample shows.
    pub drift: DriftLedger,
    /// Who still calls what.
    pub usage: UsageLedger,
    /// Which ends of contracts were announced.
    pub promises: Promises,
}

/// The layer around every operation.
pub async fn enter(State(gate): State<Arc<Gate>>, path: MatchedPath, mut request: Request, next: Next) -> Response {
    let law = gate.law.load_full();
    let Some(governed) = law.governing_request(request.method(), &path) else {
        return Error::Internal(format!("{} {} has no policy", request.method(), path.as_str())).into_response();
    };
    let admission = gate.admit(&law, governed, Presented::of(&request)).await;
    let (claims, consumer, fields) = match admission {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    let asking = match gate.asking(&law, governed, claims, consumer, &request) {
        Ok(asking) => asking,
        Err(error) => return error.into_response(),
    };
    let (preferences, allowed) = (Preferences::of(request.headers()), governed.policy.deadline());
    let deadline = Instant::now() + preferences.within(allowed);
    // A body that never ends is the caller's deadline, too.
    let admitted = timeout_at(deadline, gate.call(&law, &asking, deadline, &mut request)).await;
    let mut response = match admitted.unwrap_or(Err(Error::Deadline)) {
        Ok(call) => gate.serve(call, request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    let refused = response.status().is_client_error();
    gate.usage.count(&asking.consumer.id, &governed.operation.key, refused, asking.received_at);
    if let Some(row) = audit::refusal(&asking, &response) {
        gate.audit_refusal(row).await;
    }
    let (status, fields_of) = (response.status(), response.headers_mut());
    if governed.operation.method == "GET" && (status.is_success() || status == StatusCode::NOT_MODIFIED) {
        fields_of.insert(header::CACHE_CONTROL, governed.policy.cache.field());
    }
    fields_of.extend(fields);
    let response = gate.drift.watch(governed, response, gate.clock.now()).await;
    preferences.apply(response, governed.operation.shows_what_it_did, allowed)
}

type Met = (Arc<Claims>, Arc<Consumer>, HeaderMap);

impl Gate {
    /// Does the contract live, who, how often. Refused here, nobody is known or a quota is used up: neither leaves a row.
    async fn admit(&self, law: &Law, governed: &Governed, shown: Presented<'_>) -> Result<Met, Error> {
        let now = self.clock.now();
        let who = self.who(law, &shown, now).await;
        let note = |consumer: &Consumer| self.usage.count(&consumer.id, &governed.operation.key, true, now);
        // Whoever knocks after the sunset is told of it, known or not; who still does is worth knowing.
        governed.product.serves(now).inspect_err(|_| who.iter().for_each(|(_, consumer)| note(consumer)))?;
        let (claims, consumer) = who?;
        let fields = self.quotas.count(&consumer, claims.person(), governed).await;
        let fields = fields.inspect_err(|_| note(&consumer))?;
        Ok((claims, consumer, fields))
    }

    async fn who(
        &self,
        law: &Law,
        shown: &Presented<'_>,
        now: Timestamp,
    ) -> Result<(Arc<Claims>, Arc<Consumer>), Error> {
        let claims = self.tokens.verify(shown, now).await?;
        let consumer = law.consumer(&claims.client).cloned().ok_or_else(|| {
            Error::gate("consumer_unknown", "The token's client is not a registered consumer of this API.")
        })?;
        Ok((claims, consumer))
    }

    /// Writes down what was announced and counted since the last time.
    pub async fn keep_books(&self) -> Result<(), StoreError> {
        self.promises.write(&self.store).await?;
        self.usage.write(&self.store).await
    }

    fn asking(
        &self,
        law: &Law,
        governed: &Arc<Governed>,
        claims: Arc<Claims>,
        consumer: Arc<Consumer>,
        request: &Request,
    ) -> Result<Asking, Error> {
        let named = request.extensions().get::<Correlation>().cloned();
        let correlation = named.ok_or_else(|| Error::Internal("a request without a name".into()))?;
        let (received_at, path) = (self.clock.now(), request.uri().path().to_owned());
        let (principal, operation) = (Principal::of(&consumer, &claims), &governed.operation.key);
        let viewer = Viewer::asking(law, principal, operation)
            .ok_or_else(|| Error::Internal(format!("access knows no operation {operation}")))?;
        Ok(Asking { governed: governed.clone(), consumer, claims, correlation, received_at, path, viewer })
    }

    /// Are they who they say, may they; then it is a call, with its key where it has one.
    async fn call(&self, law: &Law, asking: &Asking, deadline: Instant, request: &mut Request) -> Result<Call, Error> {
        let Asking { governed, consumer, claims, .. } = asking;
        identity::confirm(consumer, claims, &Presented::of(request))?;
        law.residency.meet(&claims.regions_of(&consumer.entry.regions).unwrap_or_default())?;
        may(asking)?;
        parameters_fit(governed, request)?;
        if governed.operation.takes_body {
            plainly_coded(request.headers())?;
            small_enough(request.headers(), governed.policy.body_limit)?;
        }
        let once = self.once(governed, consumer, claims, request).await?;
        Ok(Call::admit(asking.clone(), deadline, request.headers(), once))
    }

    /// The key of the request, claimed; or the answer it was given before.
    async fn once(
        &self,
        governed: &Governed,
        consumer: &Consumer,
        claims: &Claims,
        request: &mut Request,
    ) -> Result<Option<(Once, Claim)>, Error> {
        let Some(key) = key_of(request.headers(), governed.policy.idempotency)? else {
            return Ok(None);
        };
        let body = if governed.operation.takes_json {
            let received = receive(request, governed.policy.body_limit).await?;
            request.extensions_mut().insert(Received(received.clone()));
            Some(received)
        } else {
            None
        };
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let fingerprint = fingerprint(request.method().as_str(), target, body.as_deref());
        let operation = governed.operation.key.to_string();
        let key = OnceKey { consumer: owner(consumer, claims), operation, key };
        let claim = self.keys.take(&key)?;
        // A body that only the operation can read is compared by it, while it reads it.
        let comparable = governed.operation.takes_json || !governed.operation.takes_body;
        if let Some(record) = self.store.once(&key).await?.filter(|_| comparable) {
            let same = record.fingerprint == fingerprint;
            return Err(if same { Error::Replay(Box::new(record.answer)) } else { Error::key_reused() });
        }
        let hours = i64::from(governed.policy.retention_hours);
        let expires_at = self.clock.now() + hours.hours();
        Ok(Some((Once { key, fingerprint, expires_at }, claim)))
    }

    /// The operation itself, within its deadline. A final refusal is remembered like an answer.
    async fn serve(&self, call: Call, mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(call.clone());
        let response = match timeout_at(call.deadline(), next.run(request)).await {
            Ok(response) => response,
            Err(_) => return Error::Deadline.into_response(),
        };
        match call.once() {
            Some(once) if response.extensions().get::<Final>().is_some() => self.remember(&call, once, response).await,
            None if call.governed().leaves_a_row_of_reading() && response.status().is_success() => {
                self.audit_reading(&call, response).await
            }
            _ => response,
        }
    }

    /// Keeps a refusal under its key, with its row.
    async fn remember(&self, call: &Call, once: &Once, response: Response) -> Response {
        let change = audit::refusal(call.asking(), &response);
        let (parts, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return Error::Internal(error.to_string()).into_response(),
        };
        let content_type = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let answer = Answer { status: parts.status.as_u16(), headers, body: body.to_vec(), confidential: false };
        let mut change = change.unwrap_or_else(|| Change::new(call.origin()));
        change.once(once.record(answer));
        let kept = self.store.commit(change).await;
        let mut response = Response::from_parts(parts, body.into());
        match kept {
            Err(crate::store::CommitError::Seen(first)) => return replayed(first),
            Ok(_) => audit::is_written(&mut response),
            Err(_) => {}
        }
        response
    }
}

/// Path, query and header fields keep to the contract.
fn parameters_fit(governed: &Governed, request: &Request) -> Result<(), Error> {
    let parameters = governed.contract.parameters(&governed.operation);
    let parameters = parameters.map_err(|why| Error::Internal(format!("{}: {why}", governed.operation.key)))?;
    let field = |name: &str| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut departures = parameters.check(request.uri().path(), request.uri().query().unwrap_or_default(), field);
    let changes = governed.operation.method != "GET";
    departures.extend(parameters.unheeded(request.headers().keys().filter(|_| changes).map(|name| name.as_str())));
    if departures.is_empty() {
        return Ok(());
    }
    let errors = departures.iter().map(|one| Pointed::new(&one.pointer, &one.detail)).collect();
    let detail = "A parameter does not keep to the contract; the errors name each.".to_owned();
    Err(Error::Invalid { code: "malformed_parameter", detail, errors })
}

/// May this consumer, with this token, call this operation? Which rules refused is for the audit.
fn may(asking: &Asking) -> Result<(), Error> {
    let Asking { governed, consumer, claims, viewer, .. } = asking;
    let (admission, scope) = (governed.product.admits(consumer), &governed.policy.scope);
    let footing = Footing { subscribed: admission.is_ok(), scoped: claims.scopes.contains(scope) };
    let decision = viewer.may_call(footing);
    match decision.code.as_deref() {
        _ if decision.allowed => Ok(()),
        Some("contract_not_subscribed") => admission.and(Err(denied(viewer))),
        Some("scope_insufficient") => Err(insufficient_scope(claims, scope)),
        _ => Err(denied(viewer)),
    }
}

/// Whose a key is. A party or a driver that only the token names is part of it: whoever calls for several must not be given
/// the answer of one in the name of another.
fn owner(consumer: &Consumer, claims: &Claims) -> String {
    let party = claims.party.as_ref().filter(|_| consumer.entry.party.is_none());
    let driver = claims.driver.as_ref().filter(|driver| **driver != claims.subject);
    match (party, driver) {
        (None, None) => format!("{}/{}", consumer.id, claims.subject),
        (Some(party), None) => json!([consumer.id, claims.subject, party]).to_string(),
        (party, Some(driver)) => json!([consumer.id, claims.subject, party, driver]).to_string(),
    }
}

/// The refusal as the rule that refused words it, where it does.
fn denied(viewer: &Viewer) -> Error {
    Error::gate("access_denied", viewer.told().unwrap_or("This consumer may not call this operation."))
}
