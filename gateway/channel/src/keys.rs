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
        Self::from_der(&certificate_der(pem)?)
    }

    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, it) =
            x509_parser::parse_x509_certificate(der).map_err(|_| KeyError::Certificate)?;
        Ok(Self {
            serial: format!("{:X}", it.tbs_certificate.serial),
            not_before: Timestamp::from_secs(it.validity().not_before.timestamp()),
            not_after: Timestamp::from_secs(it.validity().not_after.timestamp()),
            key: PublicKey::from_der(it.public_key().raw)?,
        })
    }

    /// Whether `serial` is this certificate's, in whatever spelling.
    pub fn has_serial(&self, serial: &str) -> bool {
        self.serial == canonical_serial(serial)
    }

    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// Keys by serial; a message is verified by the key it names and no other.
#[derive(Debug, Default)]
pub struct KeySet(BTreeMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    key: PublicKey,
    /// The certificate's span; a bare key has none.
    valid: Option<(Timestamp, Timestamp)>,
}

impl KeySet {
    pub fn insert(&mut self, serial: &str, key: PublicKey) {
        self.0.insert(canonical_serial(serial), Entry { key, valid: None });
    }

    pub fn insert_certificate(&mut self, it: Certificate) {
        let valid = Some((it.not_before, it.not_after));
        self.0.insert(it.serial, Entry { key: it.key, valid });
    }

    /// A certificate is found within its span alone.
    pub fn find(&self, serial: &str, now: Timestamp) -> Option<&PublicKey> {
        let entry = self.0.get(&canonical_serial(serial))?;
        let valid = entry.valid.is_none_or(|(from, until)| from <= now && now <= until);
        valid.then_some(&entry.key)
    }

    /// The certificate that was made last, of those that may be used now, and its serial as it is
    /// written: for whoever seals something for its owner.
    pub fn newest(&self, now: Timestamp) -> Option<(String, &PublicKey)> {
        let usable = self.0.iter().filter_map(|(serial, it)| Some((serial, it, it.valid?)));
        let usable = usable.filter(|(_, _, (from, until))| *from <= now && now <= *until);
        let (serial, entry, _) = usable.max_by_key(|(_, _, (from, _))| *from)?;
        Some((format!("{serial:0>40}"), &entry.key))
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
