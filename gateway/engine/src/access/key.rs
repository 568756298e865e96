//! A merchant's key for signing requests: a shared secret, or the public half of its own.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_core::Timestamp;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;

const MAX_KEY_ID_CHARS: usize = 64;
/// As long as the hash: a shorter one is the weakest part.
const MIN_SECRET_BYTES: usize = 32;
/// Longer than any sensible secret, shorter than a file put here by mistake.
const MAX_SECRET_BYTES: usize = 256;
/// Each has a decoy of its size, so that an unknown key costs what a known one does.
pub(super) const RSA_BITS: [usize; 3] = [2048, 3072, 4096];

/// The name of a key: it stands in headers, logs and metrics.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 of A-Z a-z 0-9 . _ -")]
pub struct KeyIdError;

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let plain = text.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it));
        let fits = plain && (1..=MAX_KEY_ID_CHARS).contains(&text.len());
        if fits { Ok(Self(text.into())) } else { Err(KeyIdError) }
    }
}

impl KeyId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    HmacSha256,
    RsaSha256,
    Ed25519,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::HmacSha256, Self::RsaSha256, Self::Ed25519];

    /// As settings and the published keys write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// As headers write it.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::HmacSha256 => "PAYMUX-HMAC-SHA256",
            Self::RsaSha256 => "PAYMUX-RSA-SHA256",
            Self::Ed25519 => "PAYMUX-ED25519",
        }
    }

    /// Schemes are told apart without regard to case (RFC 9110).
    pub fn from_scheme(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.scheme().eq_ignore_ascii_case(text))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    #[error("must be a secret of 32 to 256 printable ASCII characters")]
    Secret,
    #[error("is not a public key in PEM (-----BEGIN PUBLIC KEY-----)")]
    Pem,
    #[error("is not an RSA public key of 2048, 3072 or 4096 bits")]
    Rsa,
    #[error("is not an Ed25519 public key")]
    Ed25519,
}

/// What verifies. It knows its one algorithm, so that no request can choose another for it.
pub struct KeyMaterial(Kind);

enum Kind {
    Hmac(Box<hmac::Key>),
    Rsa { key: ParsedPublicKey, signature_bytes: usize },
    Ed25519(ParsedPublicKey),
}

impl KeyMaterial {
    /// The text's bytes are the key, as they stand.
    pub fn hmac(secret: &str) -> Result<Self, MaterialError> {
        let fits = (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&secret.len())
            && secret.bytes().all(|it| it.is_ascii_graphic());
        let key = || Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        if fits { Ok(Self(Kind::Hmac(key()))) } else { Err(MaterialError::Secret) }
    }

    pub fn rsa(pem: &str) -> Result<Self, MaterialError> {
        let der = spki(pem)?;
        let weak = |_| MaterialError::Rsa;
        let bits = PublicEncryptingKey::from_der(&der).map_err(|_| MaterialError::Rsa)?;
        let bits = bits.key_size_bits();
        if !RSA_BITS.contains(&bits) {
            return Err(MaterialError::Rsa);
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).map_err(weak)?;
        Ok(Self(Kind::Rsa { key, signature_bytes: bits / 8 }))
    }

    pub fn ed25519(pem: &str) -> Result<Self, MaterialError> {
        let key = ParsedPublicKey::new(&ED25519, spki(pem)?);
        key.map(|it| Self(Kind::Ed25519(it))).map_err(|_| MaterialError::Ed25519)
    }

    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Kind::Hmac(_) => Algorithm::HmacSha256,
            Kind::Rsa { .. } => Algorithm::RsaSha256,
            Kind::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Whether a signature of this length costs a whole verification.
    pub(super) fn fits(&self, algorithm: Algorithm, signature: &[u8]) -> bool {
        let length = match self.0 {
            Kind::Rsa { signature_bytes, .. } => signature_bytes == signature.len(),
            Kind::Hmac(_) | Kind::Ed25519(_) => true,
        };
        length && self.algorithm() == algorithm
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Kind::Rsa { key, .. } | Kind::Ed25519(key) => {
                key.verify_sig(message, signature).is_ok()
            }
        }
    }

    /// The base64 of the code over `message`, where both sides know the secret.
    pub fn code(&self, message: &[u8]) -> Option<String> {
        match &self.0 {
            Kind::Hmac(key) => Some(STANDARD.encode(hmac::sign(key, message))),
            Kind::Rsa { .. } | Kind::Ed25519(_) => None,
        }
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ***", self.algorithm().name())
    }
}

pub(super) fn spki(pem: &str) -> Result<Vec<u8>, MaterialError> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes());
    der.map(|it| it.to_vec()).map_err(|_| MaterialError::Pem)
}

#[derive(Debug)]
pub struct MerchantKey {
    pub id: KeyId,
    pub material: KeyMaterial,
    pub not_before: Option<Timestamp>,
    pub not_after: Option<Timestamp>,
}

impl MerchantKey {
    /// Both ends are part of its life.
    pub fn lives_at(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|it| it <= now) && self.not_after.is_none_or(|it| now <= it)
    }
}
