//! An answer in time, even if it is only that there is none yet.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use paymux_engine::problem;

use crate::api::problem::Refusal;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Duration);

pub(crate) async fn keep(
    State(Deadline(deadline)): State<Deadline>,
    request: Request,
    next: Next,
) -> Response {
    match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = "the outcome is not known yet; repeat with the same Idempotency-Key";
            Refusal::new(problem::TIMEOUT, detail).into_response()
        }
    }
}
