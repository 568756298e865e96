//! The demo's merchant: a real HTTP server that fails twice before it takes an event, and believes
//! only what is signed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::embedded::WEBHOOK_SECRET;
use crate::listen;

/// Longer than a delivery waits.
const TOO_LONG: Duration = Duration::from_secs(30);

/// What the shop has taken, by the kind of event and the order it is about.
type Taken = BTreeMap<(String, String), Value>;

#[derive(Clone)]
pub(super) struct Shop {
    tries: Arc<Mutex<BTreeMap<String, u32>>>,
    taken: watch::Sender<Taken>,
}

impl Shop {
    pub(super) fn open(listener: TcpListener) -> Self {
        let shop = Self { tries: Arc::default(), taken: watch::Sender::default() };
        let router = Router::new().route("/webhook", post(receive)).with_state(shop.clone());
        let limits = listen::Limits {
            connections: 64,
            per_address: 64,
            proxies: vec![],
            counts: None,
            header_timeout: TOO_LONG,
            idle_timeout: TOO_LONG,
            grace: Duration::ZERO,
        };
        tokio::spawn(listen::serve(listener, router, limits, CancellationToken::new()));
        shop
    }

    /// Waits until the shop has taken this event of this order.
    pub(super) async fn hears(&self, kind: &str, order_no: &str) -> Option<Value> {
        let key = (kind.to_owned(), order_no.to_owned());
        let mut taken = self.taken.subscribe();
        let heard = taken.wait_for(|it| it.contains_key(&key));
        let heard = tokio::time::timeout(Duration::from_secs(10), heard).await.ok()?.ok()?;
        heard.get(&key).cloned()
    }

    /// How often this event came so far, this time included.
    fn times(&self, id: &str) -> u32 {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let times = tries.entry(id.to_owned()).or_default();
        *times += 1;
        *times
    }

    fn take(&self, event: Value) {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let key = (text(&event["type"]), text(&event["data"]["payment"]["order_no"]));
        self.taken.send_modify(|taken| drop(taken.insert(key, event)));
    }
}

async fn receive(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_genuine(&headers, &body) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let paid = event["type"] == "payment.succeeded";
    match shop.times(event["id"].as_str().unwrap_or_default()) {
        1 if paid => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        2 if paid => {
            tokio::time::sleep(TOO_LONG).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        _ => {
            shop.take(event);
            "success".into_response()
        }
    }
}

/// Standard Webhooks, from the receiver's side.
fn is_genuine(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let secret = WEBHOOK_SECRET.trim_start_matches("whsec_");
    let Ok(secret) = STANDARD.decode(secret) else { return false };
    let mut message =
        format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
    message.extend_from_slice(body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    header("webhook-signature").split(' ').any(|it| {
        let signature = it.strip_prefix("v1,").and_then(|it| STANDARD.decode(it).ok());
        signature.is_some_and(|it| hmac::verify(&key, &message, &it).is_ok())
    })
}
