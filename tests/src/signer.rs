//! A merchant that signs its requests and believes only signed answers: written from
//! `docs/merchants/signing.md`, with other libraries than the gateway's.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, Verifier as _};
use rsa::pkcs1v15;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::signature::SignatureEncoding as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::webhook::hmac;

/// Test keys, public and worthless.
pub const SECRET: &str = "paymux-tests-request-secret-0001";
pub const RSA: &str = include_str!("signer/rsa.pem");
pub const RSA_PUBLIC: &str = include_str!("signer/rsa-public.pem");
pub const ED25519: &str = include_str!("signer/ed25519.pem");
pub const ED25519_PUBLIC: &str = include_str!("signer/ed25519-public.pem");

/// The gateway's own, Ed25519.
pub const GATEWAY: &str = include_str!("signer/gateway.pem");

/// Raw Ed25519 keys are the last bytes of their DER, the private (PKCS#8) and the public (SPKI).
const ED25519_BYTES: usize = 32;

#[derive(Clone)]
pub struct Signer {
    pub merchant: String,
    pub key_id: String,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Hmac(String),
    Rsa(Box<rsa::RsaPrivateKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Wish {
    pub method: String,
    /// Path and query, escaped as they are sent.
    pub target: String,
    pub timestamp: i64,
    pub nonce: String,
    /// Empty: without one.
    pub idempotency_key: String,
    pub body: Vec<u8>,
}

/// What a signed answer came with.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub status: u16,
    /// The value of `Paymux-Signature`.
    pub signature: &'a str,
    pub body: &'a [u8],
}

#[expect(clippy::disallowed_methods, reason = "a merchant signs by its own clock")]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |it| it.as_secs().try_into().expect("this century"))
}

/// Of the merchant of the tests, one of each kind.
pub fn signers() -> [Signer; 3] {
    [
        Signer::hmac("tests", "hmac-1", SECRET),
        Signer::rsa("tests", "rsa-1", RSA),
        Signer::ed25519("tests", "ed25519-1", ED25519),
    ]
}

impl Wish {
    /// Each is used once, so its name will do for a nonce.
    pub fn new(method: &str, target: &str, name: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            timestamp: now(),
            nonce: format!("{name:0<32}"),
            idempotency_key: String::new(),
            body: vec![],
        }
    }

    /// The six lines.
    pub fn text(&self) -> Vec<u8> {
        let Self { method, target, timestamp, nonce, idempotency_key, body } = self;
        let timestamp = timestamp.to_string();
        let before = [method.as_str(), target, &timestamp, nonce];
        let mut text: Vec<u8> =
            before.iter().flat_map(|it| [it.as_bytes(), b"\n"].concat()).collect();
        text.extend([body, b"\n".as_slice(), idempotency_key.as_bytes(), b"\n"].concat());
        text
    }
}

impl Signer {
    pub fn hmac(merchant: &str, key_id: &str, secret: &str) -> Self {
        Self::new(merchant, key_id, Key::Hmac(secret.to_owned()))
    }

    pub fn rsa(merchant: &str, key_id: &str, pem: &str) -> Self {
        let key = rsa::RsaPrivateKey::from_pkcs8_pem(pem).expect("an RSA key in PKCS#8");
        Self::new(merchant, key_id, Key::Rsa(Box::new(key)))
    }

    pub fn ed25519(merchant: &str, key_id: &str, pem: &str) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&last_bytes(pem));
        Self::new(merchant, key_id, Key::Ed25519(Box::new(key)))
    }

    fn new(merchant: &str, key_id: &str, key: Key) -> Self {
        Self { merchant: merchant.to_owned(), key_id: key_id.to_owned(), key }
    }

    /// The same key under other names.
    #[must_use]
    pub fn named(&self, merchant: &str, key_id: &str) -> Self {
        Self::new(merchant, key_id, self.key.clone())
    }

    pub fn scheme(&self) -> &'static str {
        match self.key {
            Key::Hmac(_) => "PAYMUX-HMAC-SHA256",
            Key::Rsa(_) => "PAYMUX-RSA-SHA256",
            Key::Ed25519(_) => "PAYMUX-ED25519",
        }
    }

    /// In base64.
    pub fn sign(&self, text: &[u8]) -> String {
        STANDARD.encode(match &self.key {
            Key::Hmac(secret) => hmac(secret.as_bytes(), text).to_vec(),
            Key::Rsa(key) => pkcs1v15::SigningKey::<Sha256>::new(*key.clone()).sign(text).to_vec(),
            Key::Ed25519(key) => key.sign(text).to_bytes().to_vec(),
        })
    }

    /// The value of `Authorization`.
    pub fn authorization(&self, wish: &Wish) -> String {
        self.shown(wish, &self.sign(&wish.text()))
    }

    pub fn shown(&self, wish: &Wish, signature: &str) -> String {
        let (scheme, Self { merchant, key_id, .. }) = (self.scheme(), self);
        let Wish { timestamp, nonce, .. } = wish;
        format!(
            "{scheme} merchant_id=\"{merchant}\",key_id=\"{key_id}\",timestamp=\"{timestamp}\",\
             nonce=\"{nonce}\",signature=\"{signature}\""
        )
    }

    /// Whether the gateway gave this answer to that request; `keys` is what `/v1/gateway-keys`
    /// says.
    pub fn believes(&self, wish: &Wish, told: Told<'_>, keys: &Value) -> bool {
        let Some(header) = Header::parse(told.signature) else { return false };
        let hash: String = Sha256::digest(told.body).iter().map(|it| format!("{it:02x}")).collect();
        let (status, timestamp) = (told.status.to_string(), header.timestamp);
        let lines = ["PAYMUX-RESPONSE/1", &status, timestamp, &self.merchant, &self.key_id];
        let text = [&lines[..], &[&wish.nonce, &hash]].concat().join("\n") + "\n";
        header.nonce == wish.nonce && self.is_genuine(&header, text.as_bytes(), keys)
    }

    fn is_genuine(&self, header: &Header<'_>, text: &[u8], keys: &Value) -> bool {
        if let Key::Hmac(_) = self.key {
            let ours = header.scheme == self.scheme() && header.key_id == self.key_id;
            return ours && header.signature == self.sign(text);
        }
        let keys = keys["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(key) = keys.iter().find(|it| it["key_id"] == header.key_id) else { return false };
        let pem = key["public_key"].as_str().unwrap_or_default();
        let signature = STANDARD.decode(header.signature).unwrap_or_default();
        match (header.scheme, key["algorithm"].as_str()) {
            ("PAYMUX-ED25519", Some("ed25519")) => ed25519_says(pem, text, &signature),
            ("PAYMUX-RSA-SHA256", Some("rsa-sha256")) => rsa_says(pem, text, &signature),
            _ => false,
        }
    }
}

/// In base64, under a key of any bytes.
pub fn hmac_of(key: &[u8], text: &[u8]) -> String {
    STANDARD.encode(hmac(key, text))
}

struct Header<'a> {
    scheme: &'a str,
    key_id: &'a str,
    timestamp: &'a str,
    nonce: &'a str,
    signature: &'a str,
}

impl<'a> Header<'a> {
    fn parse(value: &'a str) -> Option<Self> {
        let (scheme, rest) = value.split_once(' ')?;
        let part = |name: &str| {
            let mut pairs = rest.split(',').filter_map(|it| it.split_once('='));
            pairs.find(|it| it.0 == name).map(|it| it.1.trim_matches('"'))
        };
        let (key_id, timestamp) = (part("key_id")?, part("timestamp")?);
        Some(Self {
            scheme,
            key_id,
            timestamp,
            nonce: part("nonce")?,
            signature: part("signature")?,
        })
    }
}

fn ed25519_says(pem: &str, text: &[u8], signature: &[u8]) -> bool {
    let key = ed25519_dalek::VerifyingKey::from_bytes(&last_bytes(pem));
    let signature = ed25519_dalek::Signature::from_slice(signature);
    key.ok().zip(signature.ok()).is_some_and(|(key, it)| key.verify(text, &it).is_ok())
}

fn rsa_says(pem: &str, text: &[u8], signature: &[u8]) -> bool {
    let key = rsa::RsaPublicKey::from_public_key_pem(pem).ok();
    let signature = pkcs1v15::Signature::try_from(signature).ok();
    let says = |(key, it)| pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(text, &it).is_ok();
    key.zip(signature).is_some_and(says)
}

fn last_bytes(pem: &str) -> [u8; ED25519_BYTES] {
    let text: String = pem.lines().filter(|it| !it.starts_with("---")).collect();
    let der = STANDARD.decode(text).expect("PEM holds base64");
    *der.last_chunk().expect("a key has its length")
}
