//! What developers read on the public listener, from inside the program: the API's description.

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use utoipa::openapi::OpenApi;

/// It changes with the program and its settings alone.
const CACHE: &str = "public, max-age=300";

pub(crate) fn routes(document: &OpenApi) -> Router {
    let json = Bytes::from(document.to_pretty_json().unwrap_or_default());
    Router::new().route("/openapi.json", get(async || served("application/json", json)))
}

fn served(media_type: &'static str, bytes: Bytes) -> Response {
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, CACHE)], bytes).into_response()
}
