//! Standard Webhooks 1.0.0: how a merchant knows that an event is ours.

pub(crate) mod secret;

use http::{HeaderMap, HeaderValue};
use paymux_core::trace::Trace;
use paymux_core::{EventId, Timestamp};

use secret::WebhookSecret;

/// The headers of one attempt. Each secret signs, so that a rotation has an overlap.
pub(crate) fn headers(
    secrets: &[WebhookSecret],
    id: EventId,
    at: Timestamp,
    payload: &[u8],
) -> HeaderMap {
    let (id, seconds) = (id.to_string(), at.as_secs().to_string());
    let text = [id.as_bytes(), b".", seconds.as_bytes(), b".", payload].concat();
    let signatures: Vec<_> = secrets.iter().map(|it| it.sign(&text)).collect();
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

/// The merchant's own spans can hang below ours.
pub(crate) fn trace(headers: &mut HeaderMap, trace: Trace) {
    let value = HeaderValue::from_str(&trace.to_string()).expect("digits and dashes");
    headers.insert("traceparent", value);
}
