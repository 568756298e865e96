//! `GET /v1/gateway-keys`: by which keys our answers are known.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use paymux_engine::access::PublishedKey;
use paymux_engine::{Gateway, render};
use paymux_store::Store;
use serde::Serialize;

use super::query::NoQuery;

/// A merchant that meets an unknown key asks again; this only spares those who always ask.
const CACHE: &str = "public, max-age=300";

#[derive(Serialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    key_id: String,
    algorithm: &'static str,
    public_key: String,
    /// Whether it is the one that signs now.
    signs: bool,
}

pub(crate) async fn handle<S: Store>(State(gateway): State<Gateway<S>>, _: NoQuery) -> Response {
    let snapshot = gateway.snapshot.load();
    let own = snapshot.response_key.iter().map(|it| key(&it.published, true));
    let others = snapshot.published_keys.iter().map(|it| key(it, false));
    let keys = Keys { keys: own.chain(others).collect() };
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHE)];
    (headers, render::bytes(&keys)).into_response()
}

fn key(it: &PublishedKey, signs: bool) -> Key {
    let PublishedKey { id, algorithm, pem } = it.clone();
    Key { key_id: id, algorithm: algorithm.name(), public_key: pem, signs }
}
