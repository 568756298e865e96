//! The gateway's own key: merchants that sign with keys of their own know our answers by it.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_channel::rsa::PrivateKey;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::key::{Algorithm, KeyMaterial, spki};

/// Enough of the hash that two keys never share an id.
const ID_CHARS: usize = 16;
/// RFC 7468.
const PEM_LINE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseKeyError {
    #[error("is not an Ed25519 or RSA private key of at least 2048 bits in PEM")]
    Private,
    #[error("is not an Ed25519 or RSA public key of 2048, 3072 or 4096 bits in PEM")]
    Public,
}

/// A public key as merchants fetch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// Of the key itself, so that nobody has to name it.
    pub id: String,
    pub algorithm: Algorithm,
    pub pem: String,
}

pub struct ResponseKey {
    pub published: PublishedKey,
    signer: Signer,
}

enum Signer {
    Ed25519(Ed25519KeyPair),
    Rsa(PrivateKey),
}

impl PublishedKey {
    pub fn parse(pem: &str) -> Result<Self, ResponseKeyError> {
        let der = spki(pem).map_err(|_| ResponseKeyError::Public)?;
        let key = KeyMaterial::ed25519(pem).or_else(|_| KeyMaterial::rsa(pem));
        let key = key.map_err(|_| ResponseKeyError::Public)?;
        Ok(Self::new(key.algorithm(), &der))
    }

    fn new(algorithm: Algorithm, der: &[u8]) -> Self {
        let hash = digest(&SHA256, der);
        let hex = hash.as_ref().iter().map(|it| format!("{it:02x}")).collect::<String>();
        Self { id: hex[..ID_CHARS].to_owned(), algorithm, pem: pem(der) }
    }
}

impl ResponseKey {
    pub fn parse(pem: &str) -> Result<Self, ResponseKeyError> {
        let refused = ResponseKeyError::Private;
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| refused)?;
        match Ed25519KeyPair::from_pkcs8(der.secret_der()) {
            Ok(pair) => Self::ed25519(pair),
            Err(_) => Self::rsa(PrivateKey::parse(pem).map_err(|_| refused)?),
        }
        .ok_or(refused)
    }

    fn ed25519(pair: Ed25519KeyPair) -> Option<Self> {
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let published = PublishedKey::new(Algorithm::Ed25519, der.as_ref());
        Some(Self { published, signer: Signer::Ed25519(pair) })
    }

    fn rsa(key: PrivateKey) -> Option<Self> {
        let published = PublishedKey::new(Algorithm::RsaSha256, &key.public_der()?);
        Some(Self { published, signer: Signer::Rsa(key) })
    }

    /// In base64.
    pub fn sign(&self, message: &[u8]) -> Option<String> {
        match &self.signer {
            Signer::Ed25519(pair) => Some(STANDARD.encode(pair.sign(message))),
            Signer::Rsa(key) => key.sign(message).ok(),
        }
    }
}

/// The public half says which key it is.
impl PartialEq for ResponseKey {
    fn eq(&self, other: &Self) -> bool {
        self.published == other.published
    }
}

impl Eq for ResponseKey {}

impl fmt::Debug for ResponseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseKey({} ***)", self.published.id)
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
        pem += line;
        pem.push('\n');
        rest = after;
    }
    pem + "-----END PUBLIC KEY-----\n"
}
