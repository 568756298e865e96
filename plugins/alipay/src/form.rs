//! A form as Alipay posts it, read so strictly that no two texts mean the same.

use std::collections::BTreeMap;

use paymux_channel::canonical::sorted_pairs;

/// Alipay sends about thirty.
const MAX_PARAMETERS: usize = 64;

/// Decoded parameters, each name once.
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    pub(crate) fn decode(text: &[u8]) -> Result<Self, &'static str> {
        let mut form = BTreeMap::new();
        for pair in text.split(|it| *it == b'&') {
            let mark = pair.iter().position(|it| *it == b'=').ok_or("a parameter has no value")?;
            let name = unescape(&pair[..mark])?;
            let value = unescape(&pair[mark + 1..])?;
            if name.is_empty() || name.contains(['&', '=']) {
                return Err("a parameter has no proper name");
            }
            if form.insert(name, value).is_some() {
                return Err("a parameter is there twice");
            }
            if form.len() > MAX_PARAMETERS {
                return Err("there are too many parameters");
            }
        }
        Ok(Self(form))
    }

    /// A blank value is as good as none: it may not have been signed.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|it| !is_blank(it))
    }

    /// The signed text by rule V1: neither `sign` nor `sign_type`, and no blank values.
    pub(crate) fn canonical(&self) -> String {
        sorted_pairs(self.signed().filter(|(_, value)| !is_blank(value)))
    }

    /// The same with blank values kept, as some of Alipay's own SDKs do; `None` if there are none.
    pub(crate) fn canonical_with_blanks(&self) -> Option<String> {
        if !self.signed().any(|(_, value)| is_blank(value)) {
            return None;
        }
        let pairs: Vec<_> = self.signed().map(|(name, value)| format!("{name}={value}")).collect();
        Some(pairs.join("&"))
    }

    /// In the order of their names' bytes.
    fn signed(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !matches!(*name, "sign" | "sign_type"))
    }
}

fn is_blank(value: &str) -> bool {
    value.bytes().all(|it| it.is_ascii_whitespace())
}

/// Decodes once: upper-case escapes, `+` for a space, nothing unescaped that must be escaped.
fn unescape(text: &[u8]) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = match (*first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                tail
            }
            (b'%', _) => return Err("an escape is cut off"),
            (b'+', tail) => {
                bytes.push(b' ');
                tail
            }
            (byte, tail) if byte.is_ascii_graphic() => {
                bytes.push(byte);
                tail
            }
            (_, _) => return Err("a byte is not escaped"),
        };
    }
    String::from_utf8(bytes).map_err(|_| "a value is not UTF-8")
}

fn digit(byte: u8) -> Result<u8, &'static str> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err("an escape is not upper-case hexadecimal"),
    }
}

#[cfg(test)]
mod tests;
