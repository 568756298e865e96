//! Faults over the control API.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::reply::{Desk, ok, read, refused};
use crate::fault::FaultRule;

pub(super) async fn list(State(shared): Desk) -> Response {
    ok(&shared.faults().views())
}

pub(super) async fn arm(State(shared): Desk, request: Request) -> Response {
    let rule: FaultRule = match read(request).await {
        Ok(rule) => rule,
        Err(refused) => return refused,
    };
    let armed = shared.faults().arm(rule);
    match armed {
        Ok(()) => ok(&shared.faults().views()),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(super) async fn clear(State(shared): Desk) -> Response {
    shared.faults().clear();
    ok(&shared.faults().views())
}
