//! The merchant's certificate and key in one file, as WeChat Pay hands them out.

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;

use super::parties::GenerateError;

/// The password is the merchant's number, at the channel too.
pub(super) fn packed(
    key: &RsaPrivateKey,
    certificate_der: &[u8],
    mch_id: &str,
) -> Result<Vec<u8>, GenerateError> {
    let failed = |error: p12_keystore::error::Error| GenerateError::Certificate(error.to_string());
    let der = key.to_pkcs8_der().map_err(|_| GenerateError::Key)?;
    let key = PrivateKey::from_der(der.as_bytes()).map_err(failed)?;
    let certificate = Certificate::from_der(certificate_der).map_err(failed)?;
    let chain = PrivateKeyChain::new(b"merchant".to_vec(), key, [certificate]);
    let mut store = KeyStore::new();
    store.add_entry(mch_id, KeyStoreEntry::PrivateKeyChain(chain));
    store.writer(mch_id).write().map_err(failed)
}
