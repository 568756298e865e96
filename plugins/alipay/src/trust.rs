//! Whose signature is believed: keys that are settings, or certificates that messages name.

use paymux_core::Timestamp;

use crate::certificates::Certificates;
use crate::sign::AlipayKey;

#[derive(Debug)]
pub(crate) enum Trust {
    /// The old one and the new one: Alipay changes over at a moment of its own choice.
    Keys(Vec<AlipayKey>),
    Certificates(Certificates),
}

/// A message names a key nobody has told us of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey(pub(crate) String);

impl Trust {
    /// The keys that may have signed what names this certificate, or names none.
    pub(crate) fn keys(
        &self,
        serial: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Vec<&AlipayKey>, UnknownKey> {
        match self {
            Self::Keys(keys) => Ok(keys.iter().collect()),
            Self::Certificates(certificates) => certificates.keys(serial, now),
        }
    }

    pub(crate) const fn certificates(&self) -> Option<&Certificates> {
        match self {
            Self::Keys(_) => None,
            Self::Certificates(certificates) => Some(certificates),
        }
    }
}
