//! Signatures by `rsa` + `sha2` and sealing by `aes-gcm`: the second implementation of both.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, LineEnding};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use sha2::Sha256;

/// The hash under a PKCS#1 v1.5 signature; SHA-1 is Alipay's `RSA` alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Sha256,
    Sha1,
}

/// PKCS#1 v1.5, from a PKCS#8 PEM.
#[derive(Clone)]
pub(crate) struct Signer {
    sha256: SigningKey<Sha256>,
    sha1: SigningKey<Sha1>,
}

impl Signer {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).ok()?;
        Some(Self { sha256: SigningKey::new(key.clone()), sha1: SigningKey::new(key) })
    }

    /// The other half of a private key.
    pub(crate) fn public_pem(pem: &str) -> Option<String> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).ok()?;
        key.to_public_key().to_public_key_pem(LineEnding::LF).ok()
    }

    #[cfg(test)]
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        self.sign_with(Hash::Sha256, message)
    }

    /// The signature in base64. About two milliseconds of a core: call it off the reactor.
    pub(crate) fn sign_with(&self, hash: Hash, message: &[u8]) -> String {
        let signature = match hash {
            Hash::Sha256 => self.sha256.sign(message),
            Hash::Sha1 => self.sha1.sign(message),
        };
        STANDARD.encode(signature.to_bytes())
    }
}

/// PKCS#1 v1.5, from a SubjectPublicKeyInfo PEM.
#[derive(Clone)]
pub(crate) struct Verifier {
    sha256: VerifyingKey<Sha256>,
    sha1: VerifyingKey<Sha1>,
}

impl Verifier {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let key = RsaPublicKey::from_public_key_pem(pem).ok()?;
        Some(Self { sha256: VerifyingKey::new(key.clone()), sha1: VerifyingKey::new(key) })
    }

    pub(crate) fn accepts(&self, message: &[u8], signature_base64: &str) -> bool {
        self.accepts_with(Hash::Sha256, message, signature_base64)
    }

    pub(crate) fn accepts_with(&self, hash: Hash, message: &[u8], signature: &str) -> bool {
        let Ok(raw) = STANDARD.decode(signature) else { return false };
        let Ok(signature) = Signature::try_from(raw.as_slice()) else { return false };
        match hash {
            Hash::Sha256 => self.sha256.verify(message, &signature).is_ok(),
            Hash::Sha1 => self.sha1.verify(message, &signature).is_ok(),
        }
    }
}

/// Opens what was sealed for a key by RSAES-OAEP, with SHA-1 in both of its places.
#[derive(Clone)]
pub(crate) struct Unsealer(RsaPrivateKey);

impl Unsealer {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        Some(Self(RsaPrivateKey::from_pkcs8_pem(pem).ok()?))
    }

    pub(crate) fn open(&self, sealed_base64: &str) -> Option<String> {
        let sealed = STANDARD.decode(sealed_base64).ok()?;
        let plain = self.0.decrypt(Oaep::<Sha1>::new(), &sealed).ok()?;
        String::from_utf8(plain).ok()
    }
}

/// Seals a text for the owner of a public key, in the same way.
pub(crate) fn seal_for(public_key_pem: &str, plain: &str) -> Option<String> {
    let key = RsaPublicKey::from_public_key_pem(public_key_pem).ok()?;
    let sealed = key.encrypt(&mut rand::rng(), Oaep::<Sha1>::new(), plain.as_bytes()).ok()?;
    Some(STANDARD.encode(sealed))
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
