//! Signatures of version 2: sorted parameters and the merchant's key, by MD5 or HMAC-SHA256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::xml::Params;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SignType {
    Md5,
    HmacSha256,
}

impl SignType {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }

    pub(in crate::wechat) fn word(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// Upper-case hexadecimal over `a=1&b=2&key=…`; empty values and `sign` itself are left out.
pub(crate) fn sign(params: &Params, key: &str, kind: SignType) -> String {
    let mut text = String::new();
    for (name, value) in params.iter().filter(|(name, value)| *name != "sign" && !value.is_empty())
    {
        text.push_str(&format!("{name}={value}&"));
    }
    text.push_str(&format!("key={key}"));
    match kind {
        SignType::Md5 => hex::encode_upper(Md5::digest(text.as_bytes())),
        SignType::HmacSha256 => {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key is good for HMAC");
            mac.update(text.as_bytes());
            hex::encode_upper(mac.finalize().into_bytes())
        }
    }
}
