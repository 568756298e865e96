//! Signatures by `rsa` + `sha2` and sealing by `aes-gcm`: the second implementation of both.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;

/// PKCS#1 v1.5 with SHA-256, from a PKCS#8 PEM.
#[derive(Clone)]
pub(crate) struct Signer(SigningKey<Sha256>);

impl Signer {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        Some(Self(SigningKey::new(RsaPrivateKey::from_pkcs8_pem(pem).ok()?)))
    }

    /// The signature in base64. About two milliseconds of a core: call it off the reactor.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.0.sign(message).to_bytes())
    }
}

/// PKCS#1 v1.5 with SHA-256, from a SubjectPublicKeyInfo PEM.
#[derive(Clone)]
pub(crate) struct Verifier(VerifyingKey<Sha256>);

impl Verifier {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        Some(Self(VerifyingKey::new(RsaPublicKey::from_public_key_pem(pem).ok()?)))
    }

    pub(crate) fn accepts(&self, message: &[u8], signature_base64: &str) -> bool {
        let Ok(raw) = STANDARD.decode(signature_base64) else { return false };
        let Ok(signature) = Signature::try_from(raw.as_slice()) else { return false };
        self.0.verify(message, &signature).is_ok()
    }
}

/// AES-256-GCM as APIv3 uses it; `None` when key or nonce have a wrong length.
pub(crate) fn seal(key: &str, nonce: &str, associated: &str, plain: &[u8]) -> Option<String> {
    let cipher = Aes256Gcm::new_from_slice(key.as_bytes()).ok()?;
    let nonce = nonce.as_bytes().try_into().ok()?;
    let payload = Payload { msg: plain, aad: associated.as_bytes() };
    Some(STANDARD.encode(cipher.encrypt(nonce, payload).ok()?))
}

/// A signature with one bit turned, still valid base64.
pub(crate) fn spoil(signature_base64: &str) -> String {
    let mut raw = STANDARD.decode(signature_base64).unwrap_or_default();
    if let Some(first) = raw.first_mut() {
        *first ^= 1;
    }
    STANDARD.encode(raw)
}

/// Lower-case hexadecimal digits, `bytes * 2` of them.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut rng = rand::rng();
    hex::encode((0..bytes).map(|_| rng.random::<u8>()).collect::<Vec<_>>())
}

pub(crate) fn random_digits(count: usize) -> String {
    let mut rng = rand::rng();
    (0..count).map(|_| char::from(b'0' + rng.random_range(0..10u8))).collect()
}
