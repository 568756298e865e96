//! Who asks: the one behind an API key, or behind a signature over the request.
//!
//! API keys are looked for by their hash, so that the time it takes says nothing about any key.
//! Each signed request costs one verification, by its key or by a decoy. Whatever is wrong, the
//! answer is one; operators learn the reason from the log and a metric.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::Method;
use paymux_core::Timestamp;
use paymux_engine::Gateway;
use paymux_engine::access::{self, Algorithm, MerchantKey, Verdict};
use paymux_engine::endpoint::ApiKeyHash;
use paymux_engine::problem;
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::Store;

use super::UNAUTHENTICATED;
use super::answered::Asker;
use super::authorization::{Shown, Signed, shown};
use super::canonical;
use super::collect::Whole;
use super::idempotency_key::IDEMPOTENCY_KEY;
use super::nonces::Nonces;
use super::sign::Slot;
use crate::api::problem::Refusal;

/// How far a merchant's clock may be off, to either side.
pub(super) const WINDOW_SECS: i64 = 300;
/// The label of a merchant's key, where it is no key that signs.
const API_KEY: &str = "api-key";

/// Why nobody was recognised: for the log and a metric, never for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Missing,
    Malformed,
    UnknownKey,
    Signature,
    Timestamp,
    Nonce,
    /// Before or after the key's life.
    Retired,
    /// An API key, where the merchant demands signatures.
    Unsigned,
}

impl Reason {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
            Self::Nonce => "nonce",
            Self::Retired => "retired",
            Self::Unsigned => "unsigned",
        }
    }
}

/// Who made a signature, and by what its answer is bound to it.
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) key: Arc<MerchantKey>,
    pub(crate) nonce: String,
    pub(crate) timestamp: i64,
}

pub(crate) async fn merchant<S: Store>(
    State((gateway, nonces)): State<(Gateway<S>, Arc<Nonces>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let (merchant, proof) = match asker(&gateway, &nonces, &request) {
        Ok(asker) => asker,
        Err(reason) => return refuse(&gateway, reason),
    };
    let key = proof.as_ref().map_or(API_KEY, |it| it.key.id.as_str());
    let labels = [merchant.id.as_str(), key];
    gateway.metrics.authenticated.with_label_values(&labels).inc();
    if let Some(asker) = request.extensions().get::<Asker>() {
        asker.is(&merchant.id, key);
    }
    if let Some(proof) = proof {
        if let Some(slot) = request.extensions().get::<Slot>() {
            slot.fill(&proof);
        }
        request.extensions_mut().insert(proof);
    }
    request.extensions_mut().insert(merchant);
    next.run(request).await
}

/// The one answer.
pub(super) fn refuse<S: Store>(gateway: &Gateway<S>, reason: Reason) -> Response {
    gateway.metrics.unauthenticated.with_label_values(&[reason.name()]).inc();
    let mut response = Refusal::new(problem::UNAUTHENTICATED, UNAUTHENTICATED).into_response();
    response.extensions_mut().insert(reason);
    response
}

type Found = (Arc<Merchant>, Option<Proof>);

fn asker<S: Store>(
    gateway: &Gateway<S>,
    nonces: &Nonces,
    request: &Request,
) -> Result<Found, Reason> {
    let snapshot = gateway.snapshot.load();
    match shown(request.headers()) {
        // Whoever shows no key does the same work, and is told the same.
        Shown::Nothing => holder(&snapshot, "").map(|it| (it, None)).map_err(|_| Reason::Missing),
        Shown::ApiKey(key) => holder(&snapshot, key).map(|it| (it, None)),
        Shown::Signed(signed) => {
            let text = text(request, &signed);
            let proof = signer(gateway, &snapshot, signed, text.as_deref())?;
            if nonces.has(&proof, gateway.now()) {
                return Err(Reason::Nonce);
            }
            Ok((Arc::clone(&proof.merchant), Some(proof)))
        }
        Shown::Unreadable(algorithm) => {
            verify(gateway, None, algorithm, b"", b"");
            Err(Reason::Malformed)
        }
    }
}

/// Compares with every key there is, whichever matches.
fn holder(snapshot: &Snapshot, key: &str) -> Result<Arc<Merchant>, Reason> {
    let presented = ApiKeyHash::of(key);
    let mut found = Err(Reason::UnknownKey);
    for merchant in snapshot.merchants.values() {
        for key in &merchant.access.api_keys {
            if key.equals(&presented) {
                found = Ok(Arc::clone(merchant));
            }
        }
    }
    found.and_then(|it| if it.access.require_signature { Err(Reason::Unsigned) } else { Ok(it) })
}

/// What was signed, unless the request says one of its parts twice.
fn text(request: &Request, signed: &Signed) -> Option<Vec<u8>> {
    let mut keys = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let (key, None) = (keys.next(), keys.next()) else { return None };
    let body = request.extensions().get::<Whole>().map_or(Bytes::new(), |it| it.0.clone());
    let method: &Method = request.method();
    Some(canonical::request(canonical::Request {
        method,
        path: request.uri().path_and_query().map_or("/", |it| it.as_str()),
        timestamp: signed.timestamp,
        nonce: &signed.nonce,
        body: &body,
        idempotency_key: key.map_or(b"", |it| it.as_bytes()),
    }))
}

/// Everything is looked at after the signature, so that no reason is quicker than another.
fn signer<S: Store>(
    gateway: &Gateway<S>,
    snapshot: &Snapshot,
    signed: Signed,
    text: Option<&[u8]>,
) -> Result<Proof, Reason> {
    let merchant = snapshot.merchant(&signed.merchant);
    let key = merchant.and_then(|it| it.access.key(&signed.key));
    let Signed { algorithm, ref signature, timestamp, .. } = signed;
    let genuine = verify(gateway, key, algorithm, text.unwrap_or_default(), signature);
    let (Some(merchant), Some(key)) = (merchant, key) else { return Err(Reason::UnknownKey) };
    if text.is_none() {
        return Err(Reason::Malformed);
    }
    if !genuine {
        return Err(Reason::Signature);
    }
    let now = gateway.now();
    if !is_fresh(timestamp, now) {
        return Err(Reason::Timestamp);
    }
    if !key.lives_at(now) {
        return Err(Reason::Retired);
    }
    let (merchant, key) = (Arc::clone(merchant), Arc::clone(key));
    Ok(Proof { merchant, key, nonce: signed.nonce, timestamp })
}

fn is_fresh(timestamp: i64, now: Timestamp) -> bool {
    now.as_secs().saturating_sub(timestamp).saturating_abs() <= WINDOW_SECS
}

fn verify<S: Store>(
    gateway: &Gateway<S>,
    key: Option<&Arc<MerchantKey>>,
    algorithm: Algorithm,
    text: &[u8],
    signature: &[u8],
) -> bool {
    let verdict = access::verify(key.map(|it| &it.material), algorithm, text, signature);
    let asked = match verdict {
        Verdict::Genuine | Verdict::Wrong => "merchant",
        Verdict::Decoy => "decoy",
    };
    gateway.metrics.signature_verifications.with_label_values(&[asked]).inc();
    verdict == Verdict::Genuine
}
