//! RSA-SHA256 (PKCS#1 v1.5) and RSAES-OAEP with keys parsed once, in every spelling channels hand
//! out.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("is neither PEM nor base64 of a key")]
    Encoding,
    #[error("is not an RSA private key of at least 2048 bits (PKCS#8 or PKCS#1)")]
    Private,
    #[error("is not an RSA public key of at least 2048 bits")]
    Public,
    #[error("is not an X.509 certificate")]
    Certificate,
}

/// Our key, which signs.
pub struct PrivateKey(RsaKeyPair);

impl PrivateKey {
    /// Takes PEM or bare base64, PKCS#8 or PKCS#1: Alipay's tools give any of the four.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let der = private_der(text)?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        pair.map(Self).map_err(|_| KeyError::Private)
    }

    /// The public half, as SPKI in DER.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    /// Opens what [`PublicKey::seal`] made for us, in base64.
    pub fn open(&self, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OaepError> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| OaepError)?;
        let key = PrivateDecryptingKey::from_pkcs8(der.as_ref()).map_err(|_| OaepError)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| OaepError)?;
        let sealed = STANDARD.decode(sealed).map_err(|_| OaepError)?;
        let mut plain = Zeroizing::new(vec![0; key.min_output_size()]);
        let opened = key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None);
        let length = opened.map_err(|_| OaepError)?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// The signature in base64, as both channels write it. Deterministic.
    pub fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignError)?;
        Ok(STANDARD.encode(signature))
    }
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the message cannot be signed")]
pub struct SignError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field cannot be sealed or opened")]
pub struct OaepError;

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(***)")
    }
}

/// The channel's key, which verifies.
pub struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Takes SPKI as PEM or bare base64.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&public_der(text)?)
    }

    /// SPKI or bare PKCS#1 in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        key.map(Self).map_err(|_| KeyError::Public)
    }

    /// RSAES-OAEP with SHA-1 and MGF1-SHA-1, in base64: for the holder of the private key alone,
    /// and other bytes each time. Takes at most 42 bytes less than the modulus has.
    pub fn seal(&self, plain: &[u8]) -> Result<String, OaepError> {
        let key = PublicEncryptingKey::from_der(self.0.as_ref()).map_err(|_| OaepError)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| OaepError)?;
        let mut sealed = vec![0; key.ciphertext_size()];
        let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut sealed, None);
        sealed.map(|it| STANDARD.encode(it)).map_err(|_| OaepError)
    }

    /// Anything but the exact signature, the exact base64 included, is refused.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        self.0.verify_sig(message, &signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

/// The DER of the first certificate in a PEM text.
pub fn certificate_der(pem: &str) -> Result<Vec<u8>, KeyError> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::Certificate)?;
    Ok(der.to_vec())
}

/// The DER of a private key in PEM or bare base64, not yet read.
pub fn private_der(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(key) => Ok(Zeroizing::new(key.secret_der().to_vec())),
        Err(_) => bare(text),
    }
}

/// The DER of a public key in PEM or bare base64, not yet read.
pub fn public_der(text: &str) -> Result<Vec<u8>, KeyError> {
    match SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()) {
        Ok(spki) => Ok(spki.to_vec()),
        Err(_) => Ok(bare(text)?.to_vec()),
    }
}

fn bare(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let compact: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|it| !it.is_ascii_whitespace()).collect());
    STANDARD.decode(compact.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::Encoding)
}
