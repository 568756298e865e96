//! `encrypt_type=AES`: AES/CBC/PKCS5Padding under a vector of zeros, in base64.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const ZEROS: [u8; 16] = [0; 16];

#[derive(Clone)]
pub(crate) struct Cipher([u8; 16]);

impl Cipher {
    /// From the console's base64; `None` unless it is 16 bytes.
    pub(crate) fn from_base64(key: &str) -> Option<Self> {
        STANDARD.decode(key.trim()).ok()?.try_into().ok().map(Self)
    }

    pub(crate) fn encrypt(&self, plain: &[u8]) -> String {
        let cipher = cbc::Encryptor::<Aes128>::new(&self.0.into(), &ZEROS.into());
        STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(plain))
    }

    pub(crate) fn decrypt(&self, sealed: &str) -> Option<Vec<u8>> {
        let cipher = cbc::Decryptor::<Aes128>::new(&self.0.into(), &ZEROS.into());
        cipher.decrypt_padded_vec::<Pkcs7>(&STANDARD.decode(sealed).ok()?).ok()
    }
}
