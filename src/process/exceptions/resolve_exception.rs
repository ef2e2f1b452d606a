//! resolve_exception: a person decides, and shipment, stop, route, order and invoice follow in the same change.

use super::{get_exception::find_exception, quarantined, view::ExceptionView};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        decision::Outcome,
        effect::Effect,
        exception::{self, Decide, Exception, ExceptionState, ResolutionAction, posts_again},
        id::{ExceptionId, ShipmentId, TaskId},
        invoice::try_release,
        order::Order,
        refused::Refused,
        shipment::Shipment,
        stop::Stop,
        time::Window,
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide, routes::write_changed},
    reply::{answer, tagged},
    store::{Answer, Change, Loaded, Store, TaskStatus},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// More effects than are ever asked for of one shipment.
const MOST_TASKS: u32 = 1000;

/// A person's decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"action": "reattempt", "note": "The customer is back tomorrow."})))]
pub struct ResolutionRequest {
    pub action: ResolutionAction,
    /// Why; it is kept with the exception.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
    /// The new window of a `reschedule`.
    pub window: Option<Window>,
    /// What becomes of a quarantined message; only with `accept`, and only where there is one.
    pub message: Option<QuarantineDecision>,
}

/// What becomes of a message that contradicts what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineDecision {
    /// It was true: it counts like any other, and the ERP is told.
    Apply,
    /// It was not, or it does not matter: nothing moves.
    Dismiss,
}

/// A resolved exception, with the shipment it was about.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub exception: Exception,
    pub shipment: Option<Shipment>,
    pub version: i64,
}

/// Resolves an exception.
///
/// `reattempt`, `reschedule`, `reroute` and `redeliver_partial` make the shipment plannable again; `return` sends it
/// back; `cancel` and `claim` end it; `accept` leaves it as it is. What kept the invoice back no longer does. A
/// quarantined message is applied or dismissed with `accept`.
///
/// A `posting_failed` is about the ERP, not about the goods: `reattempt` and `accept` both send the posting on its way
/// again, under the same id, in the same change (see to the cause first). Whoever has posted it in the ERP by hand
/// discards the dead letter instead, and accepts then: `accept` posts nothing where no dead letter is left.
#[utoipa::path(post, path = "/process/exceptions/v1/exceptions/{exception}/resolution", operation_id = "resolve_exception", tag = "exceptions",
    params(
        ("exception" = ExceptionId, Path, description = "The exception's id.", example = "exc_5f1c0a9be27d.1.1.receiver_absent"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"resolve-4711\"")),
    request_body(content = ResolutionRequest, description = "The decision and its reason."),
    responses((status = 200, description = "It is resolved.", body = ExceptionView, headers(("ETag" = String, description = "The exception's version.")))))]
pub async fn resolve_exception(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ExceptionId>,
    Body(request): Body<ResolutionRequest>,
) -> Result<Settled<Resolved>, Error> {
    let word = |resolved: &Resolved| tagged(answer(200, &ExceptionView::of(&resolved.exception)), resolved.version);
    resolve(&app, &Case::of(&call), &Viewer::of(&call), &id, &request, word).await
}

/// Resolves it in the case's name.
pub async fn resolve(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    id: &ExceptionId,
    request: &ResolutionRequest,
    word: impl Fn(&Resolved) -> Answer,
) -> Result<Settled<Resolved>, Error> {
    let exception = find_exception(&app.store, viewer, id).await?;
    check_message(&exception, request)?;
    if request.message == Some(QuarantineDecision::Apply) && exception.state.state != ExceptionState::Resolved {
        // What is told twice counts once: should this case break off behind it, it is repeated without harm.
        quarantined::apply(app, case, &exception, &request.note).await?;
    }
    decide(&app.store, case, word, || attempt(app, case, viewer, id, request)).await
}

async fn attempt(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    id: &ExceptionId,
    request: &ResolutionRequest,
) -> Result<(Change, Resolved), Error> {
    let exception = find_exception(&app.store, viewer, id).await?;
    let files = Files::of(&app.store, &exception).await?;
    let case_at_hand = exception::Case {
        exception: exception.state.clone(),
        order: files.order.as_ref().map(|loaded| loaded.state.clone()),
        shipment: files.shipment.as_ref().map(|loaded| loaded.state.clone()),
        stop: files.stop.as_ref().map(|loaded| loaded.state.clone()),
    };
    let (action, note, window) = (request.action, request.note.clone(), request.window);
    let decision = Decide { action, note, window, by: case.origin.actor.clone() };
    let Outcome { state, mut follows } = exception::resolve(case_at_hand, decision, case.now())?;
    let mut change = case.change_in(&exception.region);
    change.replace(&exception, state.exception.clone());
    let order = state.order.map(|order| {
        let released = try_release(order, &files.shipments_with(state.shipment.as_ref()));
        follows.join(released.follows);
        released.state
    });
    write_changed(&mut change, files.order.as_slice(), order.as_slice());
    write_changed(&mut change, files.stop.as_slice(), state.stop.as_slice());
    if let (Some(before), Some(after)) = (&files.shipment, &state.shipment) {
        // Written even if it is the same: those who follow the shipment are told in its order.
        change.replace(before, after.clone());
    }
    // The invoice was judged by all of the order's shipments.
    for other in &files.others {
        change.keep(other);
    }
    let posted_again = match &state.shipment {
        Some(shipment) if posts_again(&exception, request.action) => {
            post_again(app, &mut change, shipment, request.action).await?
        }
        _ => Vec::new(),
    };
    let mut data = json!({"action": request.action, "code": exception.code, "message": request.message});
    if !posted_again.is_empty() {
        data["posted_again"] = json!(posted_again);
    }
    change.audit("resolve_exception", id.as_str(), data);
    app.store.follow(&mut change, follows).await?;
    let version = exception.version + 1;
    Ok((change, Resolved { exception: state.exception, shipment: state.shipment, version }))
}

/// Sends what the ERP has refused of the shipment on its way again; answers the tasks. A posting that somebody has given
/// up is asked for anew if that is what is wanted.
async fn post_again(
    app: &App,
    change: &mut Change,
    shipment: &Shipment,
    action: ResolutionAction,
) -> Result<Vec<TaskId>, Error> {
    let mut tasks = app.store.tasks().of_keys(&[Effect::key_of_order(&shipment.order)], MOST_TASKS).await?;
    tasks.retain(|task| matches!(&task.effect, Effect::PostDelivery { shipment: of, .. } if *of == shipment.id));
    let dead: Vec<_> = tasks.iter().filter(|task| task.status == TaskStatus::Dead).collect();
    for task in &dead {
        change.replay(task);
    }
    let mut sent: Vec<TaskId> = dead.into_iter().map(|task| task.id.clone()).collect();
    let under_way = tasks.iter().any(|task| matches!(task.status, TaskStatus::Waiting | TaskStatus::Leased));
    let given_up = sent.is_empty() && !under_way && !shipment.posted;
    if let (true, ResolutionAction::Reattempt, Some(stop)) = (given_up, action, shipment.last_stop()) {
        let (order, shipment) = (shipment.order.clone(), shipment.id.clone());
        sent.push(change.effect(Effect::PostDelivery { order, shipment, stop }));
    }
    Ok(sent)
}

fn check_message(exception: &Exception, request: &ResolutionRequest) -> Result<(), Refused> {
    let text = match (&exception.quarantined, request.message, request.action) {
        (Some(_), Some(_), ResolutionAction::Accept) | (None, None, _) => return Ok(()),
        (Some(_), _, _) => "a quarantined message is applied or dismissed: accept, and say which",
        (None, Some(_), _) => "the exception keeps no message",
    };
    Err(Refused::new("message_wrong", text).at("/message"))
}

/// What a resolution touches.
struct Files {
    order: Option<Loaded<Order>>,
    shipment: Option<Loaded<Shipment>>,
    stop: Option<Loaded<Stop>>,
    /// The order's other shipments: the invoice waits for them, too.
    others: Vec<Loaded<Shipment>>,
}

impl Files {
    async fn of(store: &Store, exception: &Exception) -> Result<Self, Error> {
        let shipment = match &exception.shipment {
            Some(id) => store.load::<Shipment>(id.as_str()).await?,
            None => None,
        };
        let order = shipment.as_ref().map(|shipment| shipment.order.clone()).or(exception.order.clone());
        let order = match order {
            Some(id) => store.load::<Order>(id.as_str()).await?,
            None => None,
        };
        let stop = match shipment.as_ref().and_then(|shipment| shipment.last_stop()) {
            Some(id) => store.load::<Stop>(id.as_str()).await?,
            None => None,
        };
        let concerned = shipment.as_ref().map(|shipment| shipment.id.clone());
        let of_order = order.iter().flat_map(|order| order.outcomes.keys());
        let others: Vec<String> =
            of_order.filter(|id: &&ShipmentId| Some(*id) != concerned.as_ref()).map(ToString::to_string).collect();
        Ok(Self { order, shipment, stop, others: store.load_all(&others).await? })
    }

    fn shipments_with(&self, concerned: Option<&Shipment>) -> Vec<Shipment> {
        self.others.iter().map(|loaded| loaded.state.clone()).chain(concerned.cloned()).collect()
    }
}
