//! Every path below `/wechat`: the whole body, then the version it is for.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::{v2, v3};
use crate::exchange::plain;
use crate::shared::Shared;

/// Where this simulator is mounted; a client signs the path it requests, prefix included, or the
/// real one.
pub(super) const PREFIX: &str = "/wechat";

/// An order with its goods stays well below.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The work goes on even when the caller hangs up, as it does at the channel.
pub(super) async fn dispatch(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", String::new());
    };
    let tasks = shared.tasks.clone();
    let path = parts.uri.path();
    let old = v2::Call::of_path(path.strip_prefix(PREFIX).unwrap_or(path));
    let work = tasks.spawn(async move {
        match old {
            Some(call) => v2::answer(&shared, call, &parts, &body).await,
            None => v3::answer(&shared, &parts, &body).await,
        }
    });
    work.await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
