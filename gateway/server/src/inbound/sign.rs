//! Answers to signed requests are signed too: a merchant knows who answers, and to what.
//!
//! The outermost layer, so that problems are signed as they are told. What was answered before
//! the request was known to be genuine carries no signature, and neither does any 401.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use paymux_engine::Gateway;
use paymux_engine::access::Algorithm;
use paymux_store::Store;

use super::authenticate::Proof;
use super::canonical;

pub(crate) const PAYMUX_SIGNATURE: HeaderName = HeaderName::from_static("paymux-signature");

/// Where the authenticating layer leaves its proof, even if nobody waits for it any more.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<OnceLock<Proof>>);

impl Slot {
    pub(super) fn fill(&self, proof: &Proof) {
        let _ = self.0.set(proof.clone());
    }
}

pub(crate) async fn answer<S: Store>(
    State(gateway): State<Gateway<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (slot, is_head) = (Slot::default(), request.method() == Method::HEAD);
    request.extensions_mut().insert(slot.clone());
    let response = next.run(request).await;
    match slot.0.get() {
        Some(proof) if response.status() != StatusCode::UNAUTHORIZED => {
            signed(&gateway, proof, response, is_head).await
        }
        Some(_) | None => response,
    }
}

async fn signed<S: Store>(
    gateway: &Gateway<S>,
    proof: &Proof,
    response: Response,
    is_head: bool,
) -> Response {
    let (mut parts, body) = response.into_parts();
    // Our own answers are whole and in memory: nothing can break off.
    let body = body.collect().await.map(|it| it.to_bytes()).unwrap_or_default();
    let shown = if is_head { Bytes::new() } else { body.clone() };
    if let Some(value) = header(gateway, proof, parts.status, &shown).await {
        parts.headers.insert(PAYMUX_SIGNATURE, value);
    }
    Response::from_parts(parts, Body::from(body))
}

async fn header<S: Store>(
    gateway: &Gateway<S>,
    proof: &Proof,
    status: StatusCode,
    body: &[u8],
) -> Option<HeaderValue> {
    let Proof { merchant, key, nonce, .. } = proof;
    let (timestamp, asked_by) = (gateway.now().as_secs(), key.id.as_str());
    let text = canonical::answer(canonical::Answer {
        status: status.as_u16(),
        timestamp,
        merchant: merchant.id.as_str(),
        key: asked_by,
        nonce,
        body,
    });
    let (algorithm, signed_by, signature) = signature(gateway, proof, &text).await?;
    let value = format!(
        "{} key_id=\"{signed_by}\",timestamp=\"{timestamp}\",nonce=\"{nonce}\",\
         signature=\"{signature}\"",
        algorithm.scheme()
    );
    HeaderValue::try_from(value).ok()
}

/// By the secret both know, or else by the gateway's own key.
async fn signature<S: Store>(
    gateway: &Gateway<S>,
    proof: &Proof,
    text: &str,
) -> Option<(Algorithm, String, String)> {
    if let Some(code) = proof.key.material.code(text.as_bytes()) {
        return Some((Algorithm::HmacSha256, proof.key.id.as_str().to_owned(), code));
    }
    let key = gateway.snapshot.load().response_key.clone()?;
    let algorithm = key.published.algorithm;
    let _turn = match algorithm {
        Algorithm::RsaSha256 => Some(gateway.signing.turn().await),
        Algorithm::HmacSha256 | Algorithm::Ed25519 => None,
    };
    Some((algorithm, key.published.id.clone(), key.sign(text.as_bytes())?))
}
