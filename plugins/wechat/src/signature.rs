//! WeChat Pay's signature over what it sends: checked over the raw bytes, before anything is read.

use http::HeaderMap;
use paymux_channel::keys::KeySet;
use paymux_channel::rsa::PublicKey;
use paymux_channel::{ParseError, VerifyError};
use paymux_core::Timestamp;

use crate::settings::{MAX_PUBLIC_KEY_ID, PUBLIC_KEY_ID};

pub(crate) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
pub(crate) const TIMESTAMP: &str = "wechatpay-timestamp";
pub(crate) const NONCE: &str = "wechatpay-nonce";
pub(crate) const SIGNATURE: &str = "wechatpay-signature";
pub(crate) const SERIAL: &str = "wechatpay-serial";
const SIGNATURE_TYPE: &str = "wechatpay-signature-type";
/// Now and then sent on purpose, to see whether we verify at all.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
/// Seconds between their clock and ours at which a message is a replay, as their own SDKs count.
const WINDOW_S: u64 = 300;
/// More than a Unix time of any age to come.
const MAX_TIMESTAMP_DIGITS: usize = 12;

/// Why a message is not taken for WeChat Pay's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    Headers(&'static str),
    Probe,
    Stale,
    UnknownKey { serial: String },
    Signature,
}

impl From<Distrust> for ParseError {
    fn from(distrust: Distrust) -> Self {
        match distrust {
            Distrust::Headers(what) => Self::Malformed(what),
            Distrust::Probe | Distrust::Signature => Self::Signature,
            Distrust::Stale => Self::Stale,
            Distrust::UnknownKey { serial } => Self::UnknownKey { serial },
        }
    }
}

impl From<Distrust> for VerifyError {
    fn from(distrust: Distrust) -> Self {
        match distrust {
            Distrust::Headers(what) => Self::Malformed(what),
            Distrust::Probe => Self::Probe,
            Distrust::Signature => Self::Signature,
            Distrust::Stale => Self::Stale,
            Distrust::UnknownKey { serial } => Self::UnknownKey { serial },
        }
    }
}

/// The headers of a message, fresh and complete; not yet verified.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    timestamp: &'a str,
    nonce: &'a str,
    signature: &'a str,
    pub(crate) serial: &'a str,
}

impl<'a> Claim<'a> {
    pub(crate) fn read(headers: &'a HeaderMap, now: Timestamp) -> Result<Self, Distrust> {
        let claim = Self {
            timestamp: single(headers, TIMESTAMP).ok_or(Distrust::Headers(TIMESTAMP))?,
            nonce: single(headers, NONCE).ok_or(Distrust::Headers(NONCE))?,
            signature: single(headers, SIGNATURE).ok_or(Distrust::Headers(SIGNATURE))?,
            serial: single(headers, SERIAL).ok_or(Distrust::Headers(SERIAL))?,
        };
        // Before the key is looked up: a probe may name any.
        if claim.signature.starts_with(PROBE) {
            return Err(Distrust::Probe);
        }
        let kind = headers.contains_key(SIGNATURE_TYPE);
        if kind && single(headers, SIGNATURE_TYPE) != Some(SCHEME) {
            return Err(Distrust::Headers(SIGNATURE_TYPE));
        }
        if !is_serial(claim.serial) {
            return Err(Distrust::Headers(SERIAL));
        }
        let at = seconds(claim.timestamp).ok_or(Distrust::Headers(TIMESTAMP))?;
        if at.abs_diff(now.as_secs()) >= WINDOW_S {
            return Err(Distrust::Stale);
        }
        Ok(claim)
    }

    pub(crate) fn verify(&self, key: &PublicKey, body: &[u8]) -> Result<(), Distrust> {
        let head = format!("{}\n{}\n", self.timestamp, self.nonce);
        let message = [head.as_bytes(), body, b"\n"].concat();
        if key.verifies(&message, self.signature) { Ok(()) } else { Err(Distrust::Signature) }
    }

    pub(crate) fn unknown_key(&self) -> Distrust {
        Distrust::UnknownKey { serial: self.serial.to_owned() }
    }
}

/// Proves that `body` is WeChat Pay's and fresh, by the key it names and no other.
pub(crate) fn verify(
    keys: &KeySet,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Distrust> {
    let claim = Claim::read(headers, now)?;
    let key = keys.find(claim.serial, now).ok_or_else(|| claim.unknown_key())?;
    claim.verify(key, body)
}

/// A header that is there once, with a text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() || value.is_empty() { None } else { Some(value) }
}

/// Of a certificate or of a public key; anything else would go into logs and look up nothing.
fn is_serial(text: &str) -> bool {
    let digits = text.strip_prefix(PUBLIC_KEY_ID).unwrap_or(text);
    text.len() <= MAX_PUBLIC_KEY_ID && digits.bytes().all(|it| it.is_ascii_hexdigit())
}

fn seconds(text: &str) -> Option<i64> {
    let plain = text.len() <= MAX_TIMESTAMP_DIGITS && text.bytes().all(|it| it.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
