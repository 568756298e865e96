//! What WeChat Pay seals with the APIv3 key: notifications' contents and certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_channel::aead::AeadKey;
use serde::Deserialize;

const ALGORITHM: &str = "AEAD_AES_256_GCM";

#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    #[serde(default)]
    pub(crate) original_type: String,
    algorithm: String,
    nonce: String,
    /// May be empty, null or missing: then nothing is bound.
    associated_data: Option<String>,
    ciphertext: String,
}

impl Resource {
    pub(crate) fn open(&self, key: &AeadKey) -> Result<Vec<u8>, &'static str> {
        if self.algorithm != ALGORITHM {
            return Err("resource.algorithm");
        }
        let sealed = STANDARD.decode(&self.ciphertext).map_err(|_| "resource.ciphertext")?;
        let aad = self.associated_data.as_deref().unwrap_or_default();
        key.open(self.nonce.as_bytes(), aad.as_bytes(), sealed).map_err(|_| "resource")
    }
}

#[cfg(test)]
mod tests;
