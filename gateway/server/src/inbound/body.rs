//! Bodies: never more than allowed, never waited for longer than allowed.

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use paymux_engine::problem;

use crate::api::problem::Refusal;

#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxBytes(pub(crate) usize);

/// Refuses a body by the length it claims, and stops reading one that claims none.
pub(crate) async fn limit(
    State(MaxBytes(max)): State<MaxBytes>,
    request: Request,
    next: Next,
) -> Response {
    let claimed = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    if claimed > max {
        return too_large(&format!("it may have {max} bytes")).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, max)))).await
}

/// The whole body, in one piece.
pub(crate) async fn read(body: Body, timeout: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(timeout, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if exceeds(&error) => Err(too_large("it did not end where it must")),
        Ok(Err(_)) => Err(Refusal::new(problem::MALFORMED_JSON, "the body broke off")),
        Err(_) => {
            let detail = "the body did not arrive in time";
            Err(Refusal::new(problem::REQUEST_TIMEOUT, detail))
        }
    }
}

fn too_large(detail: &str) -> Refusal {
    Refusal::new(problem::BODY_TOO_LARGE, detail)
}

fn exceeds(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(exceeds)
}
