//! The route planner: a day to be solved, or a fixed sequence to be judged.

use crate::{
    app::App,
    body::Body,
    error::Error,
    policy::Call,
    process::Case,
    reply::Reply,
    system::planner::{Plan, PlanProblem, Projected, Sequence},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Solve a day
///
/// Routes for as many jobs as the fleet can serve, and why it cannot serve the others. Changes nothing.
#[utoipa::path(
    post, path = "/system/planner/v1/solutions", operation_id = "solve", tag = "planner",
    request_body = PlanProblem,
    responses((status = 200, description = "The best plan found in the time given", body = Plan))
)]
pub async fn solve(State(app): State<App>, call: Call, Body(problem): Body<PlanProblem>) -> Result<Reply, Error> {
    Ok(Reply::ok(&app.connectors.planner.solve(&Case::of(&call).errand, &problem).await?))
}

/// When the stops of a sequence would be served
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    #[schema(max_items = 500)]
    pub stops: Vec<Projected>,
}

/// Judge a fixed sequence
///
/// When each stop would be served, and what would be violated by it. Changes nothing.
#[utoipa::path(
    post, path = "/system/planner/v1/evaluations", operation_id = "evaluate", tag = "planner",
    request_body = Sequence,
    responses((status = 200, description = "When each stop would be served", body = Evaluation))
)]
pub async fn evaluate(State(app): State<App>, call: Call, Body(sequence): Body<Sequence>) -> Result<Reply, Error> {
    let stops = app.connectors.planner.evaluate(&Case::of(&call).errand, &sequence).await?;
    Ok(Reply::ok(&Evaluation { stops }))
}
