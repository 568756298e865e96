//! Standard Webhooks from the receiver's side, with another library than the sender's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

/// SHA-256 works on blocks of so many bytes.
const BLOCK: usize = 64;

/// Whether one of the signatures in the headers is ours over this body.
pub fn is_genuine(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let Ok(key) = STANDARD.decode(secret.trim_start_matches("whsec_")) else { return false };
    let mut message = header("webhook-id").as_bytes().to_vec();
    message.push(b'.');
    message.extend_from_slice(header("webhook-timestamp").as_bytes());
    message.push(b'.');
    message.extend_from_slice(body);
    let expected = format!("v1,{}", STANDARD.encode(hmac(&key, &message)));
    header("webhook-signature").split(' ').any(|it| it == expected)
}

/// The signature of one attempt by a shared secret, as the gateway writes it.
pub fn signature(secret: &str, id: &str, seconds: u64, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("a secret of the tests");
    let message = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(hmac(&key, &message)))
}

/// RFC 2104 over SHA-256; keys of ours are never longer than a block.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    assert!(key.len() <= BLOCK, "a longer key would have to be hashed first");
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(it, key)| *it ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples() {
        // RFC 4231, test cases 1 and 2.
        let hex = |it: [u8; 32]| it.iter().map(|it| format!("{it:02x}")).collect::<String>();
        assert_eq!(
            hex(hmac(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn one_changed_byte_is_seen() {
        let secret = format!("whsec_{}", STANDARD.encode([7; 32]));
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "evt_1".parse().unwrap());
        headers.insert("webhook-timestamp", "1764000000".parse().unwrap());
        let signature = STANDARD.encode(hmac(&[7; 32], b"evt_1.1764000000.{}"));
        let signature = format!("v1,AAAA v1,{signature}");
        headers.insert("webhook-signature", signature.parse().unwrap());
        assert!(is_genuine(&secret, &headers, b"{}"));
        assert!(!is_genuine(&secret, &headers, b"{ }"));
        headers.insert("webhook-timestamp", "1764000001".parse().unwrap());
        assert!(!is_genuine(&secret, &headers, b"{}"));
    }
}
