//! Announces the end of a contract: the fields of RFC 9745 and RFC 8594 on every answer of its operations, wherever on
//! the way it was made, and nowhere else.

use super::gate::Gate;
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

/// The layer around everything that may answer for an operation: the gate, but also whoever sheds load before it.
pub async fn announce(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let law = gate.law.load();
    let path = request.extensions().get::<MatchedPath>();
    let governed = path.and_then(|path| law.governing_request(request.method(), path)).cloned();
    drop(law);
    let mut response = next.run(request).await;
    if let Some(withdrawal) = governed.as_ref().and_then(|governed| governed.product.withdrawal.as_ref()) {
        withdrawal.announce(response.headers_mut());
    }
    response
}
