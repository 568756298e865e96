//! A form as Alipay posts it, read so strictly that no two texts mean the same.

use std::collections::BTreeMap;

use crate::charset::Charset;

/// Alipay sends about thirty.
const MAX_PARAMETERS: usize = 64;

/// Every parameter that anything rests on.
pub(crate) const READ: &[&str] = &[
    SERIAL,
    "app_id",
    "auth_app_id",
    "biz_content",
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

/// Names the certificate whose key signed the message.
pub(crate) const SERIAL: &str = "alipay_cert_sn";

/// Decoded parameters, each name once.
pub(crate) struct Form(BTreeMap<String, Value>);

/// The bytes are signed, and the text is read.
struct Value {
    bytes: Vec<u8>,
    text: String,
}

impl Value {
    fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

impl Form {
    pub(crate) fn decode(charset: Charset, text: &[u8]) -> Result<Self, &'static str> {
        let mut form = BTreeMap::new();
        for pair in text.split(|it| *it == b'&') {
            let mark = pair.iter().position(|it| *it == b'=').ok_or("a parameter has no value")?;
            let name = name(unescape(&pair[..mark])?)?;
            let bytes = unescape(&pair[mark + 1..])?;
            let text = charset.decode(&bytes).ok_or("a value is not in the account's charset")?;
            let text = text.into_owned();
            if form.insert(name, Value { bytes, text }).is_some() {
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
        self.0.get(name).filter(|it| !it.is_blank()).map(|it| it.text.as_str())
    }

    /// The signed bytes by rule V1: neither `sign` nor `sign_type`, sorted; blank values are left
    /// out by most of Alipay's own SDKs and kept by some.
    pub(crate) fn canonical(&self, rule: Rule) -> Vec<u8> {
        let signed = self.0.iter().filter(|(name, value)| rule.signs(name, value));
        let pairs: Vec<_> =
            signed.map(|(name, value)| [name.as_bytes(), b"=", &value.bytes].concat()).collect();
        pairs.join(&b'&')
    }

    /// The signed text does not say where a value ends: `body=x&trade_no=1` is one parameter or
    /// two. A name that stands there once more than it was sent could have been read otherwise, and
    /// nothing of what is read holds a pair by itself.
    pub(crate) fn is_ambiguous(&self, signed: &[u8], rule: Rule) -> bool {
        let names: Vec<_> = signed.split(|it| *it == b'&').filter_map(before_mark).collect();
        READ.iter().any(|name| {
            if self.0.get(*name).is_some_and(|it| it.bytes.contains(&b'&')) {
                return true;
            }
            let sent = self.0.get(*name).is_some_and(|it| rule.signs(name, it));
            let found = names.iter().filter(|it| **it == name.as_bytes()).count();
            found > usize::from(sent)
        })
    }
}

fn before_mark(pair: &[u8]) -> Option<&[u8]> {
    pair.iter().position(|it| *it == b'=').map(|mark| &pair[..mark])
}

/// What of a message is signed, where the SDKs differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) blanks: Blanks,
    /// Whether the certificate's number is signed as well: nobody says.
    pub(crate) serial: bool,
}

impl Rule {
    pub(crate) const ALL: [Self; 4] = [
        Self { blanks: Blanks::Dropped, serial: true },
        Self { blanks: Blanks::Kept, serial: true },
        Self { blanks: Blanks::Dropped, serial: false },
        Self { blanks: Blanks::Kept, serial: false },
    ];

    fn signs(self, name: &str, value: &Value) -> bool {
        match name {
            "sign" | "sign_type" => false,
            SERIAL if !self.serial => false,
            _ => self.blanks == Blanks::Kept || !value.is_blank(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blanks {
    Dropped,
    Kept,
}

/// All of Alipay's are plain.
fn name(bytes: Vec<u8>) -> Result<String, &'static str> {
    const WRONG: &str = "a parameter has no proper name";
    let plain = |it: &u8| it.is_ascii_graphic() && !matches!(it, b'&' | b'=');
    if bytes.is_empty() || !bytes.iter().all(plain) {
        return Err(WRONG);
    }
    String::from_utf8(bytes).map_err(|_| WRONG)
}

/// Decodes once: upper-case escapes, `+` for a space, nothing unescaped that must be escaped.
fn unescape(text: &[u8]) -> Result<Vec<u8>, &'static str> {
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
    Ok(bytes)
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
