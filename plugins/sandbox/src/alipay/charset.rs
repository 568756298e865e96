//! The two charsets of the gateway, and forms whose bytes are in one of them.

use std::collections::BTreeMap;

use encoding_rs::{GBK, UTF_8};
use form_urlencoded::byte_serialize;
use percent_encoding::percent_decode;

pub(crate) type Params = BTreeMap<String, String>;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Charset {
    #[default]
    Utf8,
    Gbk,
}

impl Charset {
    /// Written in any case, as both channels' libraries do.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "UTF-8" => Some(Self::Utf8),
            "GBK" => Some(Self::Gbk),
            _ => None,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Utf8 => "text/html;charset=utf-8",
            Self::Gbk => "text/html;charset=GBK",
        }
    }

    fn encoding(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk => GBK,
        }
    }

    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        self.encoding().encode(text).0.into_owned()
    }

    /// The text of these bytes; `None` when some are not of this charset.
    pub(super) fn read(self, bytes: &[u8]) -> Option<String> {
        let text = self.encoding().decode_without_bom_handling_and_without_replacement(bytes);
        text.map(|text| text.into_owned())
    }

    fn decode(self, bytes: &[u8]) -> String {
        self.encoding().decode_without_bom_handling(bytes).0.into_owned()
    }
}

/// The pairs of query and body, decoded once; `None` when a name comes twice.
///
/// The charset is among them, in ASCII, so it is looked for before anything is decoded.
pub(super) fn params(query: &[u8], body: &[u8]) -> Option<(Params, Option<Charset>)> {
    let pairs: Vec<_> = [query, body].into_iter().flat_map(pairs).collect();
    let named = pairs.iter().find(|(name, _)| name == b"charset");
    let charset = named
        .map_or(Some(Charset::Utf8), |(_, value)| Charset::named(&String::from_utf8_lossy(value)));
    let mut params = Params::new();
    let own = charset.unwrap_or_default();
    for (name, value) in pairs {
        if params.insert(own.decode(&name), own.decode(&value)).is_some() {
            return None;
        }
    }
    Some((params, charset))
}

fn pairs(form: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let pieces = form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| {
        let cut = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
        let value = piece.get(cut + 1..).unwrap_or_default();
        (unescape(&piece[..cut]), unescape(value))
    })
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&spaced).collect()
}

/// Encoded for a form or a query, in this charset.
pub(super) fn form(charset: Charset, params: &Params) -> String {
    let piece = |text: &str| byte_serialize(&charset.encode(text)).collect::<String>();
    let pairs = params.iter().map(|(name, value)| format!("{}={}", piece(name), piece(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_in_the_charset_it_names() {
        for (charset, name, body) in [
            (Charset::Gbk, "GBK", "subject=%B2%E8+1%2B1&charset=GBK"),
            (Charset::Utf8, "utf-8", "charset=utf-8&subject=%E8%8C%B6%201%2B1"),
        ] {
            let (params, found) = params(b"", body.as_bytes()).unwrap();
            assert_eq!(found, Some(charset));
            assert_eq!((&*params["subject"], &*params["charset"]), ("茶 1+1", name));
            let again = form(charset, &params);
            let (same, _) = super::params(again.as_bytes(), b"").unwrap();
            assert_eq!(same, params, "{again}");
        }
        assert_eq!(params(b"charset=big5", b"").unwrap().1, None);
        assert_eq!(params(b"a=1", b"%61=2"), None, "the same name twice");
    }
}
