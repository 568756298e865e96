//! JSON in and out of the control API.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::books::{OrderView, PayRefusal};
use crate::exchange::plain;
use crate::shared::Shared;

/// A fault or an order of autopay is a line of text.
const MAX_BODY_BYTES: usize = 16 * 1024;

pub(super) type Desk = axum::extract::State<Arc<Shared>>;

pub(super) fn ok(body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).expect("the views have string keys only");
    plain(StatusCode::OK, "application/json", text)
}

pub(super) fn refused(status: StatusCode, error: &str) -> Response {
    plain(status, "application/json", json!({ "error": error }).to_string())
}

pub(super) fn order(result: Result<OrderView, PayRefusal>) -> Response {
    match result {
        Ok(view) => ok(&view),
        Err(refusal @ PayRefusal::UnknownOrder) => {
            refused(StatusCode::NOT_FOUND, &refusal.to_string())
        }
        Err(
            refusal @ (PayRefusal::AlreadyPaid
            | PayRefusal::Closed
            | PayRefusal::Expired
            | PayRefusal::CodeExpired
            | PayRefusal::Balance),
        ) => refused(StatusCode::CONFLICT, &refusal.to_string()),
    }
}

/// The request's JSON, whatever its content type says: this API is for `curl -d`.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    let bytes = to_bytes(request.into_body(), MAX_BODY_BYTES)
        .await
        .map_err(|_| refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| refused(StatusCode::BAD_REQUEST, &error.to_string()))
}
