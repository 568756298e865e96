//! `GET /v1/gateway-keys`: by which keys our answers are known.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use paymux_engine::access::PublishedKey;
use paymux_engine::{Gateway, render};
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::query::NoQuery;
use crate::openapi::{Operation, Tag};

/// A merchant that meets an unknown key asks again; this only spares those who always ask.
const CACHE: &str = "public, max-age=300";

#[derive(Serialize, ToSchema)]
#[schema(as = GatewayKeys)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GatewayKey)]
struct Key {
    key_id: String,
    /// `ed25519` or `rsa-sha256`.
    algorithm: &'static str,
    /// In PEM.
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

pub(crate) fn describe() -> Operation {
    let text = "The public keys by which answers to signed requests are known: [believing \
                answers](/docs/guides/signing). It needs no key.";
    let key = json!({
        "key_id": "0c1f6a84f1d0c6a9",
        "algorithm": "ed25519",
        "public_key": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
        "signs": true,
    });
    Operation::new(Tag::Keys, "listGatewayKeys", "List the gateway's keys", text)
        .open()
        .gives::<Keys>(200, "The keys.", json!({ "keys": [key] }))
}
