//! AES of `biz_content`: CBC with PKCS#7 padding, sixteen zero bytes to begin with, base64 around.

use std::fmt;

use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const ZERO: [u8; 16] = [0; 16];

/// The scheme hides that two contents are equal as little as it proves who wrote them; signatures
/// do the latter.
pub(crate) struct Cipher {
    encrypt: PaddedBlockEncryptingKey,
    decrypt: PaddedBlockDecryptingKey,
}

impl Cipher {
    /// The console shows a key as base64 of 16 bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const PROBLEM: &str = "is not base64 of 16 bytes";
        let key = zeroize::Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| PROBLEM)?);
        let unbound = || UnboundCipherKey::new(&AES_128, &key).map_err(|_| PROBLEM);
        let encrypt = PaddedBlockEncryptingKey::cbc_pkcs7(unbound()?).map_err(|_| PROBLEM)?;
        let decrypt = PaddedBlockDecryptingKey::cbc_pkcs7(unbound()?).map_err(|_| PROBLEM)?;
        Ok(Self { encrypt, decrypt })
    }

    pub(crate) fn encrypt(&self, plain: &[u8]) -> Option<String> {
        let mut bytes = plain.to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(ZERO));
        self.encrypt.less_safe_encrypt(&mut bytes, context).ok()?;
        Some(STANDARD.encode(bytes))
    }

    pub(crate) fn decrypt(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = STANDARD.decode(text).ok()?;
        let context = DecryptionContext::Iv128(FixedLength::from(ZERO));
        Some(self.decrypt.decrypt(&mut bytes, context).ok()?.to_vec())
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(***)")
    }
}

#[cfg(test)]
mod tests;
