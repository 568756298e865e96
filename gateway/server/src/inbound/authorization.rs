//! What a request shows in `Authorization`: nothing, an API key, or a signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use paymux_core::MerchantId;
use paymux_engine::access::{Algorithm, KeyId};

/// The longest API key that settings take; hashing more would be work for nothing.
const MAX_API_KEY_BYTES: usize = 256;
/// A signature of RSA-4096 in base64, the longest names, and room.
const MAX_SIGNED_BYTES: usize = 2048;
/// Till the year 33658; more would only be zeros.
const MAX_TIMESTAMP_DIGITS: usize = 12;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    Nothing,
    ApiKey(&'a str),
    Signed(Signed),
    /// By its scheme it is a signature, but it cannot be read.
    Unreadable(Algorithm),
}

/// What stands beside a signature, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) algorithm: Algorithm,
    pub(crate) merchant: MerchantId,
    pub(crate) key: KeyId,
    /// Unix seconds.
    pub(crate) timestamp: i64,
    pub(crate) nonce: String,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn shown(headers: &HeaderMap) -> Shown<'_> {
    let Some((scheme, rest)) = parts(headers) else { return Shown::Nothing };
    if let Some(algorithm) = Algorithm::from_scheme(scheme) {
        return signed(algorithm, rest).map_or(Shown::Unreadable(algorithm), Shown::Signed);
    }
    let is_key = (1..=MAX_API_KEY_BYTES).contains(&rest.len());
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && is_key;
    if is_bearer { Shown::ApiKey(rest) } else { Shown::Nothing }
}

/// Whether the body is part of what the caller shows.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    parts(headers).is_some_and(|it| Algorithm::from_scheme(it.0).is_some())
}

/// The scheme, and what follows it. Two headers are none: nobody could say which of them counts.
fn parts(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let value = std::str::from_utf8(value.as_bytes()).ok()?;
    Some(value.split_once(' ').unwrap_or((value, "")))
}

fn signed(algorithm: Algorithm, text: &str) -> Option<Signed> {
    if text.len() > MAX_SIGNED_BYTES {
        return None;
    }
    let mut given: [Option<&str>; 5] = [None; 5];
    for pair in text.split(',') {
        let (name, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        let names = ["merchant_id", "key_id", "timestamp", "nonce", "signature"];
        let place = &mut given[names.iter().position(|it| *it == name)?];
        if place.replace(value).is_some() {
            return None;
        }
    }
    let [Some(merchant), Some(key), Some(timestamp), Some(nonce), Some(signature)] = given else {
        return None;
    };
    Some(Signed {
        algorithm,
        merchant: merchant.parse().ok()?,
        key: key.parse().ok()?,
        timestamp: seconds(timestamp)?,
        nonce: is_nonce(nonce).then(|| nonce.to_owned())?,
        signature: STANDARD.decode(signature).ok()?,
    })
}

/// One text for one number, so that what was signed is what is compared.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|it| it.is_ascii_digit()) && !text.starts_with('0');
    (digits && (1..=MAX_TIMESTAMP_DIGITS).contains(&text.len())).then(|| text.parse().ok())?
}

fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const GOOD: &str = r#"merchant_id="shop",key_id="k.1_A-",timestamp="1764000000",nonce="0123456789abcdef",signature="AAEC""#;

    fn of(values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(AUTHORIZATION, value);
        }
        match shown(&headers) {
            Shown::Nothing => "nothing".into(),
            Shown::ApiKey(key) => format!("key {key}"),
            Shown::Signed(it) => format!("{} {:?}", it.algorithm.name(), it.signature),
            Shown::Unreadable(_) => "unreadable".into(),
        }
    }

    fn check(value: &str, expect: &str) {
        assert_eq!(of(&[value]), expect, "{value}");
    }

    #[test]
    fn schemes_are_told_apart() {
        check("Bearer abc", "key abc");
        check("bearer abc", "key abc");
        check("Basic abc", "nothing");
        check("", "nothing");
        check(&format!("PAYMUX-HMAC-SHA256 {GOOD}"), "hmac-sha256 [0, 1, 2]");
        check(&format!("paymux-rsa-sha256 {GOOD}"), "rsa-sha256 [0, 1, 2]");
        check(&format!("PAYMUX-ED25519 {GOOD}"), "ed25519 [0, 1, 2]");
        check(&format!("PAYMUX-MD5 {GOOD}"), "nothing");
        check("PAYMUX-ED25519", "unreadable");
        check("PAYMUX-ED25519 ", "unreadable");
        assert_eq!(of(&["Bearer a", "Bearer a"]), "nothing");
        assert_eq!(of(&[]), "nothing");
    }

    #[test]
    fn each_part_is_there_once_and_in_its_form() {
        let readable = |text: &str, expect: bool| {
            let value = format!("PAYMUX-ED25519 {text}");
            assert_eq!(of(&[&value]) != "unreadable", expect, "{text}");
        };
        readable(GOOD, true);
        readable(&GOOD.replace(',', ", "), true);
        readable(&GOOD.replace(',', " ,\t"), true);
        for (from, to) in [
            ("merchant_id=\"shop\",", ""),
            (",signature=\"AAEC\"", ""),
            ("key_id=", "keyid="),
            ("key_id=", "KEY_ID="),
            ("key_id=\"", "key_id=\"k\",key_id=\""),
            ("\"shop\"", "shop"),
            ("\"shop\"", "\"Shop\""),
            ("\"shop\"", "\"\""),
            ("k.1_A-", "k 1"),
            ("k.1_A-", "k\u{e9}"),
            ("1764000000", "01764000000"),
            ("1764000000", "+1764000000"),
            ("1764000000", "-1764000000"),
            ("1764000000", "1764000000.0"),
            ("1764000000", " 1764000000"),
            ("1764000000", "1764000000000"),
            ("1764000000", ""),
            ("0123456789abcdef", "0123456789abcde"),
            ("0123456789abcdef", "0123456789abcde-"),
            ("AAEC", "AAF="),
            ("AAEC", "AAE"),
            ("AAEC", "AA_C"),
            ("AAEC", "000102 "),
            ("AAEC\"", "AAEC\" x"),
            ("AAEC\"", "AAEC\","),
            (",nonce", ";nonce"),
            (",nonce", ",,nonce"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            readable(&GOOD.replacen(from, to, 1), false);
        }
        readable(&GOOD.replace("0123456789abcdef", &"n".repeat(64)), true);
        readable(&GOOD.replace("0123456789abcdef", &"n".repeat(65)), false);
        readable(&GOOD.replace("AAEC", &"A".repeat(2048)), false);
    }
}
