//! AES-256-GCM as WeChat Pay wraps its resources in it.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub struct AeadKey(LessSafeKey);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AeadError {
    #[error("is not 32 bytes")]
    KeyLength,
    #[error("does not open")]
    Open,
}

impl AeadKey {
    pub fn new(key: &[u8]) -> Result<Self, AeadError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| AeadError::KeyLength)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// `sealed` is the ciphertext and its 16-byte tag.
    pub fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        mut sealed: Vec<u8>,
    ) -> Result<Vec<u8>, AeadError> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| AeadError::Open)?;
        let opened = self.0.open_in_place(nonce, Aad::from(aad), &mut sealed);
        let length = opened.map_err(|_| AeadError::Open)?.len();
        sealed.truncate(length);
        Ok(sealed)
    }
}

impl fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AeadKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_truth_opens() {
        let key = AeadKey::new(&[7; 32]).unwrap();
        let seal = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
        let mut sealed = b"{}".to_vec();
        let nonce = Nonce::try_assume_unique_for_key(b"abcdefghijkl").unwrap();
        seal.seal_in_place_append_tag(nonce, Aad::from("transaction"), &mut sealed).unwrap();
        let open = |nonce: &[u8], aad: &[u8], sealed: &[u8]| key.open(nonce, aad, sealed.to_vec());
        assert_eq!(open(b"abcdefghijkl", b"transaction", &sealed), Ok(b"{}".to_vec()));
        for bit in 0..sealed.len() * 8 {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(b"abcdefghijkl", b"transaction", &bent), Err(AeadError::Open));
        }
        assert_eq!(open(b"abcdefghijkl", b"", &sealed), Err(AeadError::Open));
        assert_eq!(open(b"short", b"transaction", &sealed), Err(AeadError::Open));
        assert_eq!(open(b"abcdefghijkl", b"transaction", b"tiny"), Err(AeadError::Open));
        assert_eq!(AeadKey::new(&[7; 31]).unwrap_err(), AeadError::KeyLength);
    }
}
