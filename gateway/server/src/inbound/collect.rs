//! The whole body of a signed request, before anybody judges the signature.
//!
//! It is read for every signed request, known key or not, and before a place is taken: whoever
//! sends slowly holds nobody else's. What bodies may hold together is bounded.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::authorization;
use super::body::Budget;

#[derive(Clone, Debug)]
pub(crate) struct Patience(pub(crate) Duration, pub(crate) Budget);

/// The bytes as they were received.
#[derive(Clone, Debug)]
pub(crate) struct Whole(pub(crate) Bytes);

pub(crate) async fn signed(
    State(Patience(patience, budget)): State<Patience>,
    request: Request,
    next: Next,
) -> Response {
    if !authorization::is_signed(request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match budget.read(body, patience).await {
        Ok(bytes) => {
            parts.extensions.insert(Whole(bytes.clone()));
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
        Err(refusal) => refusal.into_response(),
    }
}
