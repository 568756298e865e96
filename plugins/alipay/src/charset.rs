//! The encoding of an account's texts on the wire: UTF-8, or GBK for accounts of old.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::GBK;
use paymux_channel::BuildError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Gbk,
}

impl Charset {
    /// Signed as it is spelt here.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "GBK",
        }
    }

    pub(crate) fn is_named(self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.name())
    }

    /// Nothing is replaced: what has no bytes here has none at Alipay.
    pub(crate) fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
            Self::Gbk => {
                let (bytes, _, replaced) = GBK.encode(text);
                // The one character that GBK itself has not, and Windows' code page has.
                let euro = text.contains('\u{20ac}');
                (!replaced && !euro).then_some(bytes)
            }
        }
    }

    pub(crate) fn has(self, character: char) -> bool {
        self.encode(character.encode_utf8(&mut [0; 4])).is_some()
    }

    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gbk => GBK.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// Refuses a merchant's text with characters that cannot be told to Alipay.
    pub(crate) fn takes<'a>(
        self,
        field: &'static str,
        text: &'a str,
    ) -> Result<&'a str, BuildError> {
        let limit = "characters of GBK alone";
        self.encode(text).map(|_| text).ok_or(BuildError::Limit { field, limit })
    }

    /// The bytes from which `part` of the text was decoded: signatures are over them.
    pub(crate) fn raw(self, bytes: &[u8], text: &str, part: Range<usize>) -> Option<Range<usize>> {
        match self {
            Self::Utf8 => Some(part),
            Self::Gbk => {
                let before = text.get(..part.start)?.chars().count();
                let within = text.get(part)?.chars().count();
                let start = skip(bytes, 0, before)?;
                Some(start..skip(bytes, start, within)?)
            }
        }
    }
}

/// So many characters of GBK on: of one byte, of two, or of four, where the second is a digit.
fn skip(bytes: &[u8], from: usize, characters: usize) -> Option<usize> {
    let mut at = from;
    for _ in 0..characters {
        at += match (bytes.get(at)?, bytes.get(at + 1)) {
            (..=0x80, _) => 1,
            (_, Some(b'0'..=b'9')) => 4,
            (_, _) => 2,
        };
    }
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests;
