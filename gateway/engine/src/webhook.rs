//! Standard Webhooks 1.0.0: how a merchant knows that an event is ours.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use paymux_core::{EventId, Timestamp};

use crate::endpoint::WebhookSecret;

/// The headers of one attempt. Each secret signs, so that a rotation has an overlap.
pub(crate) fn headers(
    secrets: &[WebhookSecret],
    id: EventId,
    at: Timestamp,
    payload: &[u8],
) -> HeaderMap {
    let (id, seconds) = (id.to_string(), at.as_secs().to_string());
    let signatures: Vec<_> = secrets.iter().map(|it| sign(it, &id, &seconds, payload)).collect();
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids, numbers and base64 are header text");
        headers.insert(name, value);
    };
    set("content-type", "application/json");
    set("user-agent", concat!("paymux/", env!("CARGO_PKG_VERSION")));
    set("webhook-id", &id);
    set("webhook-timestamp", &seconds);
    set("webhook-signature", &signatures.join(" "));
    headers
}

/// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.payload`, with the bytes as sent.
fn sign(secret: &WebhookSecret, id: &str, seconds: &str, payload: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(id.as_bytes());
    context.update(b".");
    context.update(seconds.as_bytes());
    context.update(b".");
    context.update(payload);
    format!("v1,{}", STANDARD.encode(context.sign()))
}
