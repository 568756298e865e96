//! Signed requests, made by a signer that shares no code with the gateway.

mod addresses;
mod answers;
mod once;
mod slow;
mod tampered;

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderName, HeaderValue, Request};
use paymux_engine::access::{Access, KeyMaterial, MerchantKey};
use paymux_store::guard::{Guard, LocalGuard};
use paymux_tests::signer::{self, Signer, Told, Wish};
use serde_json::Value;

use super::rig::{Line, NOW, Reply, Rig, limits, order};

/// The shop's three keys, each under its own name.
const HMAC: &str = "hmac-1";
const RSA: &str = "rsa-1";
const ED25519: &str = "ed25519-1";

fn signers() -> [Signer; 3] {
    [
        Signer::hmac("shop", HMAC, signer::SECRET),
        Signer::rsa("shop", RSA, signer::RSA),
        Signer::ed25519("shop", ED25519, signer::ED25519),
    ]
}

fn key(id: &str, material: KeyMaterial) -> MerchantKey {
    MerchantKey { id: id.parse().unwrap(), material, not_before: None, not_after: None }
}

fn keys() -> [MerchantKey; 3] {
    [
        key(HMAC, KeyMaterial::hmac(signer::SECRET).unwrap()),
        key(RSA, KeyMaterial::rsa(signer::RSA_PUBLIC).unwrap()),
        key(ED25519, KeyMaterial::ed25519(signer::ED25519_PUBLIC).unwrap()),
    ]
}

fn access() -> Access {
    Access { keys: keys().map(Arc::new).into(), ..Access::default() }
}

fn rig(access: Access, guard: Arc<dyn Guard>) -> Rig {
    let rig = Rig::with_access(limits(), access, guard);
    rig.line(Line::Code);
    rig
}

fn signing_rig() -> Rig {
    rig(access(), Arc::new(LocalGuard::default()))
}

fn wish(method: &str, target: &str, nonce: &str) -> Wish {
    Wish {
        method: method.into(),
        target: target.into(),
        timestamp: NOW.as_secs(),
        nonce: nonce.into(),
        idempotency_key: String::new(),
        body: vec![],
    }
}

/// An order that is taken: 201.
fn buying(nonce: &str) -> Wish {
    let (idempotency_key, body) = (format!("key-{nonce}"), order(nonce).into_bytes());
    Wish { idempotency_key, body, ..wish("POST", "/v1/payments", nonce) }
}

fn reading(nonce: &str) -> Wish {
    wish("GET", "/v1/payments?limit=7&order_no=A-1", nonce)
}

/// A request as it goes over the wire, for a hand in between to change.
#[derive(Clone)]
struct Sent {
    method: String,
    target: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sent {
    fn new(signer: &Signer, wish: &Wish) -> Self {
        Self::with(wish, signer.authorization(wish))
    }

    fn with(wish: &Wish, authorization: String) -> Self {
        let mut headers = vec![
            ("authorization", authorization.into_bytes()),
            ("x-request-id", b"same".to_vec()),
            ("host", b"pay.example.com".to_vec()),
        ];
        if wish.method == "POST" {
            headers.push(("content-type", b"application/json".to_vec()));
            headers.push(("idempotency-key", wish.idempotency_key.clone().into_bytes()));
        }
        let Wish { method, target, body, .. } = wish.clone();
        Self { method, target, headers, body }
    }

    fn header(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.headers.iter_mut().find(|it| it.0 == name).unwrap().1
    }

    fn replace(&mut self, name: &str, from: &str, to: &str) {
        let value = String::from_utf8(self.header(name).clone()).unwrap();
        assert!(value.contains(from), "{from} in {value}");
        *self.header(name) = value.replacen(from, to, 1).into_bytes();
    }

    fn request(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.target);
        for (name, value) in self.headers {
            let value = HeaderValue::from_bytes(&value).unwrap();
            request = request.header(HeaderName::from_static(name), value);
        }
        request.body(self.body.into()).unwrap()
    }
}

async fn send(rig: &Rig, signer: &Signer, wish: &Wish) -> Reply {
    rig.send(Sent::new(signer, wish).request()).await
}

/// A number of the metrics; zero while it is not there.
fn count(rig: &Rig, line: &str) -> u64 {
    let text = rig.gateway.metrics.text();
    let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(' '));
    found.map_or(0, |it| it.parse().unwrap())
}

fn verifications(rig: &Rig) -> [u64; 2] {
    ["merchant", "decoy"]
        .map(|it| count(rig, &format!(r#"paymux_signature_verifications_total{{key="{it}"}}"#)))
}

fn refusals(rig: &Rig, reason: &str) -> u64 {
    count(rig, &format!(r#"paymux_unauthenticated_total{{reason="{reason}"}}"#))
}

/// Whether the merchant believes that this is the gateway's answer to its request.
fn believes(signer: &Signer, wish: &Wish, reply: &Reply, keys: &Value) -> bool {
    let signature = reply.header("paymux-signature");
    let told = Told { status: reply.status.as_u16(), signature, body: &reply.body };
    signer.believes(wish, told, keys)
}
