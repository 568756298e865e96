//! What signs a webhook: a secret that both sides hold, or a key that the gateway alone holds.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const SEED_BYTES: usize = 32;

#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// `whsec_` and the base64 of 24 to 64 bytes.
    Shared(Zeroizing<Vec<u8>>),
    /// `whsk_` and the base64 of an Ed25519 seed, with or without the public key behind it.
    Ed25519(Zeroizing<Vec<u8>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is neither `whsec_` and the base64 of 24 to 64 bytes nor `whsk_` and that of an Ed25519 key"
)]
pub struct WebhookSecretError;

impl WebhookSecret {
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let decoded = |it: &str| STANDARD.decode(it).map(Zeroizing::new).ok();
        let shared = || {
            let bytes = text.strip_prefix("whsec_").and_then(decoded)?;
            (24..=64).contains(&bytes.len()).then_some(Kind::Shared(bytes))
        };
        let pair = || ed25519(&text.strip_prefix("whsk_").and_then(decoded)?);
        shared().or_else(pair).map(Self).ok_or(WebhookSecretError)
    }

    /// `v1,` or `v1a,` and the base64 of the signature.
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        match &self.0 {
            Kind::Shared(bytes) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
                format!("v1,{}", STANDARD.encode(hmac::sign(&key, text)))
            }
            Kind::Ed25519(seed) => format!("v1a,{}", STANDARD.encode(pair(seed).sign(text))),
        }
    }

    /// `whpk_` and the base64 of the public half, if there is one.
    pub fn public_key(&self) -> Option<String> {
        match &self.0 {
            Kind::Shared(_) => None,
            Kind::Ed25519(seed) => {
                Some(format!("whpk_{}", STANDARD.encode(pair(seed).public_key().as_ref())))
            }
        }
    }
}

fn ed25519(bytes: &[u8]) -> Option<Kind> {
    let (seed, public) = bytes.split_at_checked(SEED_BYTES)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    let fits = public.is_empty() || public == pair.public_key().as_ref();
    fits.then(|| Kind::Ed25519(Zeroizing::new(seed.to_vec())))
}

fn pair(seed: &[u8]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed that was parsed is a seed")
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.bytes().map(|it| char::from(it).to_digit(16).unwrap()).collect();
        digits.chunks(2).map(|it| u8::try_from(it[0] * 16 + it[1]).unwrap()).collect()
    }

    fn coded(head: &str, bytes: &[u8]) -> String {
        format!("{head}{}", STANDARD.encode(bytes))
    }

    #[test]
    fn an_ed25519_key_signs_as_the_standard_says() {
        let secret = WebhookSecret::parse(&coded("whsk_", &bytes(SEED))).unwrap();
        assert_eq!(secret.public_key(), Some(coded("whpk_", &bytes(PUBLIC))));
        assert_eq!(secret.sign(b"r"), coded("v1a,", &bytes(SIGNATURE)));
        assert_eq!(format!("{secret:?}"), "***");
        let both = [bytes(SEED), bytes(PUBLIC)].concat();
        assert!(WebhookSecret::parse(&coded("whsk_", &both)).unwrap() == secret);
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let stranger = [bytes(SEED), vec![7; 32]].concat();
        for (head, bytes) in [
            ("whsec_", vec![7; 23]),
            ("whsec_", vec![7; 65]),
            ("whsk_", vec![7; 31]),
            ("whsk_", vec![7; 33]),
            ("whsk_", stranger),
            ("whpk_", vec![7; 32]),
            ("", vec![7; 32]),
        ] {
            assert_eq!(
                WebhookSecret::parse(&coded(head, &bytes)),
                Err(WebhookSecretError),
                "{head}"
            );
        }
        assert_eq!(WebhookSecret::parse("whsec_?"), Err(WebhookSecretError));
        assert!(WebhookSecret::parse(&coded("whsec_", &[7; 24])).unwrap().public_key().is_none());
    }
}
