//! A form as Alipay posts it, read so strictly that no two texts mean the same.

use std::collections::BTreeMap;

/// Alipay sends about thirty.
const MAX_PARAMETERS: usize = 64;

/// Every parameter that anything rests on.
pub(crate) const READ: &[&str] = &[
    "app_id",
    "auth_app_id",
    "charset",
    "gmt_payment",
    "gmt_refund",
    "method",
    "msg_method",
    "notify_id",
    "notify_time",
    "notify_type",
    "out_trade_no",
    "refund_fee",
    "seller_id",
    "sign",
    "sign_type",
    "total_amount",
    "trade_no",
    "trade_status",
];

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
        debug_assert!(READ.contains(&name), "{name} is not guarded");
        self.0.get(name).map(String::as_str).filter(|it| !is_blank(it))
    }

    /// The signed text by rule V1: neither `sign` nor `sign_type`, sorted; blank values are left
    /// out by most of Alipay's own SDKs and kept by some.
    pub(crate) fn canonical(&self, blanks: Blanks) -> String {
        let signed = self.0.iter().filter(|(name, value)| {
            !matches!(name.as_str(), "sign" | "sign_type") && blanks.count(value)
        });
        let pairs: Vec<_> = signed.map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    /// The signed text does not say where a value ends: `body=x&trade_no=1` is one parameter or
    /// two. A name that stands there once more than it was sent could have been read otherwise.
    pub(crate) fn is_ambiguous(&self, signed: &str, blanks: Blanks) -> bool {
        let signed = format!("&{signed}");
        READ.iter().any(|name| {
            let sent = self.0.get(*name).is_some_and(|it| blanks.count(it));
            signed.matches(&format!("&{name}=")).count() > usize::from(sent)
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blanks {
    Dropped,
    Kept,
}

impl Blanks {
    fn count(self, value: &str) -> bool {
        match self {
            Self::Dropped => !is_blank(value),
            Self::Kept => true,
        }
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
