//! Sealed bytes: what the store keeps of the configuration can be read with a key alone.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
/// Tells which key opens it; of a hash, so it says nothing of the key.
const ID_BYTES: usize = 4;
/// So that a later layout is told from this one.
const LAYOUT: u8 = 1;
const HEAD_BYTES: usize = 1 + ID_BYTES + NONCE_LEN;

#[derive(Clone)]
pub struct SealKey {
    id: [u8; ID_BYTES],
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 bytes in base64, as `openssl rand -base64 32` makes them")]
pub struct SealKeyError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("was sealed with the key {0}, which is not in `managed.seal_keys`")]
    NoKey(String),
    #[error("was altered where it is stored, or belongs to another name or version")]
    Altered,
}

impl SealKey {
    pub fn parse(text: &str) -> Result<Self, SealKeyError> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).map_err(|_| SealKeyError)?;
        let bytes: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| SealKeyError)?;
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..ID_BYTES]);
        Ok(Self { id, bytes: Zeroizing::new(bytes) })
    }

    /// As an error names it.
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }

    /// `name` is no secret; what is sealed under one is not opened under another.
    pub fn seal(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let mut body = plain.to_vec();
        let nonce = self.cipher().seal_in_place_append_tag(Aad::from(name), &mut body);
        let nonce = nonce.expect("no item is as long as the cipher's limit");
        [&[LAYOUT], &self.id[..], nonce.as_ref(), &body].concat()
    }

    fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (nonce, body) = sealed[1 + ID_BYTES..].split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Altered)?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened = self.cipher().open_in_place(nonce, Aad::from(name), &mut body);
        let length = opened.map_err(|_| OpenError::Altered)?.len();
        body.truncate(length);
        Ok(body)
    }

    fn cipher(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &*self.bytes).expect("the key has its length")
    }
}

/// Opens with whichever key sealed it.
pub fn open(keys: &[SealKey], name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    if sealed.len() < HEAD_BYTES || sealed[0] != LAYOUT {
        return Err(OpenError::Altered);
    }
    let id = &sealed[1..=ID_BYTES];
    let key = keys.iter().find(|it| it.id == id);
    key.ok_or_else(|| OpenError::NoKey(hex::encode(id)))?.open(name, sealed)
}

impl PartialEq for SealKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for SealKey {}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::parse(&STANDARD.encode([byte; KEY_BYTES])).unwrap()
    }

    #[test]
    fn keys_are_32_bytes() {
        let check = |text: &str, good| assert_eq!(SealKey::parse(text).is_ok(), good, "{text}");
        check(&STANDARD.encode([1; 32]), true);
        check(&format!("{}\n", STANDARD.encode([1; 32])), true);
        check(&STANDARD.encode([1; 31]), false);
        check(&STANDARD.encode([1; 33]), false);
        check("", false);
        check("no base64 at all", false);
        assert_eq!(format!("{:?}", key(1)), "***");
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_and_under_its_name_alone() {
        let sealed = key(1).seal("merchants/shop/3", b"api_keys");
        assert_ne!(sealed, key(1).seal("merchants/shop/3", b"api_keys"), "a nonce of its own");
        let open = |keys: &[SealKey], name| {
            open(keys, name, &sealed).map(|it| String::from_utf8(it.to_vec()).unwrap())
        };
        assert_eq!(open(&[key(2), key(1)], "merchants/shop/3"), Ok("api_keys".into()));
        let none = OpenError::NoKey(key(1).id());
        assert_eq!(open(&[key(2)], "merchants/shop/3"), Err(none.clone()));
        assert_eq!(open(&[], "merchants/shop/3"), Err(none));
        for name in ["merchants/shop/2", "merchants/shop", "accounts/shop/3"] {
            assert_eq!(open(&[key(1)], name), Err(OpenError::Altered), "{name}");
        }
    }

    #[test]
    fn no_altered_byte_passes() {
        let sealed = key(1).seal("a/b/1", b"x");
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(open(&[key(1)], "a/b/1", &altered).is_err(), "{index}");
            assert!(open(&[key(1)], "a/b/1", &sealed[..index]).is_err(), "{index}");
        }
    }
}
