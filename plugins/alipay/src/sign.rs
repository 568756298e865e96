//! Keys of both sides under the algorithm the account has chosen; no message can choose another.

use std::fmt;

use aws_lc_rs::rsa::PublicEncryptingKey;
use paymux_channel::rsa::{self, KeyError, SignError};

use crate::sha1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignType {
    Rsa2,
    /// SHA-1: legacy, for accounts that say so.
    Rsa,
}

impl SignType {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rsa2 => "RSA2",
            Self::Rsa => "RSA",
        }
    }
}

/// The application's, which signs.
pub(crate) enum OwnKey {
    Rsa2(rsa::PrivateKey),
    Rsa(sha1::PrivateKey),
}

impl OwnKey {
    pub(crate) fn parse(sign_type: SignType, text: &str) -> Result<Self, String> {
        match sign_type {
            SignType::Rsa2 => {
                rsa::PrivateKey::parse(text).map(Self::Rsa2).map_err(|it| it.to_string())
            }
            SignType::Rsa => sha1::PrivateKey::parse(text).map(Self::Rsa).map_err(str::to_owned),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        match self {
            Self::Rsa2(key) => key.sign(message),
            Self::Rsa(key) => key.sign(message),
        }
    }

    pub(crate) const fn sign_type(&self) -> SignType {
        match self {
            Self::Rsa2(_) => SignType::Rsa2,
            Self::Rsa(_) => SignType::Rsa,
        }
    }
}

impl fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnKey({}, ***)", self.sign_type().name())
    }
}

/// Alipay's, which verifies.
pub(crate) enum AlipayKey {
    Rsa2(rsa::PublicKey),
    Rsa(sha1::PublicKey),
}

impl AlipayKey {
    pub(crate) fn parse(sign_type: SignType, text: &str) -> Result<Self, String> {
        let der = rsa::public_der(text).map_err(|it| it.to_string())?;
        Self::from_der(sign_type, &der)
    }

    /// SPKI in DER.
    pub(crate) fn from_der(sign_type: SignType, der: &[u8]) -> Result<Self, String> {
        match sign_type {
            SignType::Rsa2 => {
                // Verification refuses a short key each time; here it is refused once.
                PublicEncryptingKey::from_der(der).map_err(|_| KeyError::Public.to_string())?;
                rsa::PublicKey::from_der(der).map(Self::Rsa2).map_err(|it| it.to_string())
            }
            SignType::Rsa => sha1::PublicKey::from_der(der).map(Self::Rsa).map_err(str::to_owned),
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        match self {
            Self::Rsa2(key) => key.verifies(message, signature),
            Self::Rsa(key) => key.verifies(message, signature),
        }
    }
}

impl fmt::Debug for AlipayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlipayKey")
    }
}
