//! The edge: what every request meets before any operation does.

use crate::gateway::Gateway;

on_both_databases! {

async fn what_has_no_route_is_a_problem_with_a_name(database) {
    let gateway = Gateway::start(database).await;
    let answered = gateway.erp().get("/nowhere").with("x-correlation-id", "their.own:id").await;
    answered.problem("no_route");
    assert_eq!(answered.header("x-correlation-id"), "their.own:id");
    assert_eq!(answered.header("x-request-id").len(), 32);
    assert_eq!(answered.header("content-type"), "application/problem+json");
    assert_eq!(answered.header("x-content-type-options"), "nosniff");
}

}
