//! What was begun is ended, even when nobody waits for it any more: dropping a call to a channel
//! half-way would make a known answer unknown.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use paymux_engine::problem;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::api::problem::Refusal;

/// Whoever stops the gateway waits for these.
#[derive(Clone, Debug)]
pub(crate) struct Finish(pub(crate) TaskTracker);

pub(crate) async fn begun(
    State(Finish(tasks)): State<Finish>,
    request: Request,
    next: Next,
) -> Response {
    // Reading changes nothing, so it may stop anywhere.
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let work = next.run(request).instrument(tracing::Span::current());
    match tasks.spawn(work).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => stopping().into_response(),
        },
    }
}

fn stopping() -> Refusal {
    let detail = "the gateway stops; repeat with the same Idempotency-Key";
    Refusal(problem::Problem::new(problem::TIMEOUT, detail).retry_after(5))
}
