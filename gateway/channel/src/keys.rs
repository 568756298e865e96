//! The keys by which a channel's signatures are verified, found by the serial each message names.

use std::collections::BTreeMap;

use paymux_core::Timestamp;

use crate::rsa::{KeyError, PublicKey, certificate_der};

/// A platform key the channel published: a certificate in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformKey {
    pub serial: String,
    pub certificate_pem: String,
}

/// A certificate's facts that decide whether it may be used.
pub struct Certificate {
    /// Upper-case hexadecimal without leading zeros.
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub key: PublicKey,
}

impl Certificate {
    pub fn parse(pem: &str) -> Result<Self, KeyError> {
        let der = certificate_der(pem)?;
        let (_, it) =
            x509_parser::parse_x509_certificate(&der).map_err(|_| KeyError::Certificate)?;
        Ok(Self {
            serial: format!("{:X}", it.tbs_certificate.serial),
            not_before: Timestamp::from_secs(it.validity().not_before.timestamp()),
            not_after: Timestamp::from_secs(it.validity().not_after.timestamp()),
            key: PublicKey::from_der(it.public_key().raw)?,
        })
    }
}

/// Keys by serial; a message is verified by the key it names and no other.
#[derive(Debug, Default)]
pub struct KeySet(BTreeMap<String, PublicKey>);

impl KeySet {
    pub fn insert(&mut self, serial: &str, key: PublicKey) {
        self.0.insert(canonical_serial(serial), key);
    }

    pub fn find(&self, serial: &str) -> Option<&PublicKey> {
        self.0.get(&canonical_serial(serial))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Hexadecimal serials compare without case and leading zeros; `PUB_KEY_ID_…` as it is.
fn canonical_serial(serial: &str) -> String {
    if serial.starts_with("PUB_KEY_ID_") {
        return serial.to_owned();
    }
    serial.trim_start_matches('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_found_in_any_spelling() {
        assert_eq!(canonical_serial("00ab12"), "AB12");
        assert_eq!(canonical_serial("PUB_KEY_ID_0119"), "PUB_KEY_ID_0119");
    }
}
