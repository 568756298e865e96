//! The key that merchant and WeChat Pay share, and the signatures both make with it.

use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};
use md5::{Digest as _, Md5};
use paymux_channel::Secret;
use paymux_channel::canonical::sorted_pairs;
use zeroize::Zeroizing;

use super::xml::Fields;

const KEY_CHARS: usize = 32;
pub(crate) const SIGN: &str = "sign";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignType {
    Md5,
    HmacSha256,
}

impl SignType {
    pub(crate) const WORDS: [(&str, Self); 2] =
        [("HMAC-SHA256", Self::HmacSha256), ("MD5", Self::Md5)];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Key(Secret);

impl Key {
    /// Without it a signature is anybody's: an empty key signs, too.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        let fits = text.len() == KEY_CHARS && text.bytes().all(|it| it.is_ascii_alphanumeric());
        if fits { Ok(Self(Secret::new(text))) } else { Err("is not 32 letters and digits") }
    }

    /// Over every pair that has a value, unescaped.
    pub(crate) fn sign<'a>(
        &self,
        kind: SignType,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let pairs = pairs.into_iter().filter(|(name, _)| *name != SIGN);
        let text = format!("{}&key={}", sorted_pairs(pairs), self.0.expose());
        let text = Zeroizing::new(text);
        match kind {
            SignType::Md5 => upper_hex(&Md5::digest(text.as_bytes())),
            SignType::HmacSha256 => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose().as_bytes());
                upper_hex(hmac::sign(&key, text.as_bytes()).as_ref())
            }
        }
    }

    /// Over the map as it was read, unknown names included.
    pub(crate) fn signed(&self, kind: SignType, fields: &Fields) -> bool {
        let Some(sign) = fields.text(SIGN) else { return false };
        let expected = self.sign(kind, fields.pairs());
        constant_time::verify_slices_are_equal(expected.as_bytes(), sign.as_bytes()).is_ok()
    }

    /// What refund notifications are sealed with: the key's MD5, as text.
    pub(crate) fn sealing(&self) -> Zeroizing<String> {
        Zeroizing::new(upper_hex(&Md5::digest(self.0.expose().as_bytes())).to_ascii_lowercase())
    }
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, it| {
        write!(text, "{it:02X}").expect("a text takes what is written");
        text
    })
}

#[cfg(test)]
mod tests;
