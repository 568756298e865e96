//! Answers of handlers, as JSON.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION};
use http::{HeaderValue, StatusCode};
use paymux_engine::flow::Replied;
use paymux_engine::problem::{self, Problem};
use paymux_engine::render;
use paymux_store::StoreError;
use serde::{Deserialize, Serialize};

/// Says that the answer was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

pub(crate) fn json<T: Serialize>(status: StatusCode, view: &T) -> Response {
    bytes(status, render::bytes(view))
}

pub(crate) fn bytes(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // It is one merchant's business, and it changes.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What an idempotent request made; `collection` is where it is to be found.
pub(crate) fn made(collection: &str, replied: Replied) -> Response {
    #[derive(Deserialize)]
    struct Made {
        id: String,
    }
    let status = StatusCode::from_u16(replied.answer.status).unwrap_or(StatusCode::OK);
    let location = serde_json::from_slice::<Made>(&replied.answer.body).ok();
    let location = location.and_then(|it| format!("{collection}/{}", it.id).try_into().ok());
    let mut response = bytes(status, replied.answer.body);
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    if replied.replayed {
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

#[derive(Serialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
}

pub(crate) fn unreadable(error: StoreError) -> Problem {
    tracing::error!(%error, "store.failed");
    Problem::new(problem::STORE_UNAVAILABLE, "the store cannot be read").retry_after(1)
}

pub(crate) fn unknown(what: &str) -> Problem {
    Problem::new(problem::NOT_FOUND, format!("there is no such {what}"))
}
