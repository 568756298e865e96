//! What an API key must look like, and how equal secrets are found without being kept.

use std::ops::RangeInclusive;

use aws_lc_rs::digest;
use paymux_engine::endpoint::ApiKeyHash;

/// Too long to guess, so that a fast hash hides it; short enough for any header.
const API_KEY_CHARS: RangeInclusive<usize> = 32..=256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an API key: 32 to 256 of A-Z a-z 0-9 - . _ ~ + / =")]
pub(super) struct ApiKeyError;

pub(super) fn api_key(key: &str) -> Result<ApiKeyHash, ApiKeyError> {
    let fits = API_KEY_CHARS.contains(&key.len()) && key.bytes().all(is_token_byte);
    if fits { Ok(ApiKeyHash::of(key)) } else { Err(ApiKeyError) }
}

pub(super) fn fingerprint(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// What `Authorization: Bearer` may carry.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_are_long_and_fit_a_header() {
        let check = |key: &str, good| assert_eq!(api_key(key).is_ok(), good, "{key}");
        check(&"a".repeat(31), false);
        check(&"a".repeat(32), true);
        check(&"a".repeat(256), true);
        check(&"a".repeat(257), false);
        check("pk_sandbox_0123456789abcdef0123456789abcdef", true);
        check("pk sandbox 0123456789abcdef0123456789abcdef", false);
        check("pk_sändbox_0123456789abcdef0123456789abcdef", false);
    }
}
