//! Merchants' credentials: API keys as hashes alone, webhook secrets as keys that only sign.

use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Too long to guess, so that a fast hash hides it; short enough for any header.
const API_KEY_CHARS: RangeInclusive<usize> = 32..=256;
/// As Standard Webhooks has it.
const WEBHOOK_SECRET_BYTES: RangeInclusive<usize> = 24..=64;

/// The SHA-256 of an API key; the key itself is not kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyHash(pub [u8; 32]);

/// The key of an endpoint's webhook signatures (HMAC-SHA256).
#[derive(Clone)]
pub struct WebhookSecret(hmac::Key);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CredentialError {
    #[error("must be an API key: 32 to 256 of A-Z a-z 0-9 - . _ ~ + / =")]
    ApiKey,
    #[error("must be a webhook secret: whsec_ and the base64 of 24 to 64 random bytes")]
    WebhookSecret,
}

impl ApiKeyHash {
    /// Hashes whatever a caller shows.
    pub fn of(shown: &str) -> Self {
        Self(sha256(shown))
    }

    pub(super) fn parse(key: &str) -> Result<Self, CredentialError> {
        let fits = API_KEY_CHARS.contains(&key.len()) && key.bytes().all(is_token_byte);
        if fits { Ok(Self::of(key)) } else { Err(CredentialError::ApiKey) }
    }
}

impl WebhookSecret {
    pub fn key(&self) -> &hmac::Key {
        &self.0
    }

    pub(super) fn parse(secret: &str) -> Result<Self, CredentialError> {
        let bytes = secret.strip_prefix("whsec_").and_then(|it| STANDARD.decode(it).ok());
        let bytes = bytes.filter(|it| WEBHOOK_SECRET_BYTES.contains(&it.len()));
        let bytes = bytes.ok_or(CredentialError::WebhookSecret)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// By which equal secrets are found without being kept.
pub(super) fn sha256(text: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// What `Authorization: Bearer` may carry.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_are_long_and_fit_a_header() {
        let check = |key: &str, good| assert_eq!(ApiKeyHash::parse(key).is_ok(), good, "{key}");
        check(&"a".repeat(31), false);
        check(&"a".repeat(32), true);
        check(&"a".repeat(256), true);
        check(&"a".repeat(257), false);
        check("pk_sandbox_0123456789abcdef0123456789abcdef", true);
        check("pk sandbox 0123456789abcdef0123456789abcdef", false);
        check("pk_sändbox_0123456789abcdef0123456789abcdef", false);
    }

    #[test]
    fn an_api_key_is_kept_as_its_sha_256() {
        let hash = ApiKeyHash::of("abc").0;
        let expect = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(hash), expect);
    }

    #[test]
    fn webhook_secrets_have_24_to_64_bytes() {
        let secret = |bytes| format!("whsec_{}", STANDARD.encode(vec![7_u8; bytes]));
        let check = |text: &str, good| assert_eq!(WebhookSecret::parse(text).is_ok(), good, "{text}");
        check(&secret(23), false);
        check(&secret(24), true);
        check(&secret(64), true);
        check(&secret(65), false);
        check(&secret(32).replace("whsec_", "whsk_"), false);
        check(&secret(32)[6..], false);
        check("whsec_!!!!", false);
        let long = secret(32);
        check(&long[..long.len() - 1], false);
    }

    #[test]
    fn the_secret_is_the_key_of_the_signature() {
        // The example of the Standard Webhooks specification.
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let content = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let tag = hmac::sign(secret.key(), content.as_bytes());
        let expect = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(STANDARD.encode(tag), expect);
    }
}
