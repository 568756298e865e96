//! A synchronous answer: the signature over the raw bytes first, then the words of those bytes.

use std::borrow::Cow;
use std::fmt;

use paymux_channel::{ParseError, Response};
use paymux_core::AttemptId;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::codes::Failure;
use crate::settings::PlatformKeys;
use crate::wire::Api;

/// A trade with all its details takes a few kilobytes.
const MAX_ANSWER: usize = 256 * 1024;
/// The node, `sign` and `alipay_cert_sn` are all there are.
const MAX_MEMBERS: usize = 16;
const ERROR_NODE: &str = "error_response";
const SUCCESS: &str = "10000";
/// Barcode's "waiting for the payer": a success as far as trust is concerned.
const WAITING: &str = "10003";

/// An answer whose text is Alipay's own, or which claims nothing worth forging.
pub(crate) struct Answer {
    /// Exactly what was verified.
    text: String,
    head: Head,
    signed: bool,
    api: Api,
}

#[derive(Deserialize)]
struct Head {
    code: String,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    out_trade_no: Option<String>,
}

impl Answer {
    /// The answer to `api` about `attempt`; anything else genuine is refused as well.
    pub(crate) fn verify(
        key: &PlatformKeys,
        api: Api,
        attempt: AttemptId,
        response: &Response,
    ) -> Result<Self, ParseError> {
        if response.status() != http::StatusCode::OK {
            return Err(ParseError::Malformed("the status is not 200"));
        }
        let body = response.body();
        if body.len() > MAX_ANSWER {
            return Err(ParseError::Malformed("it is too long"));
        }
        let body = std::str::from_utf8(body).map_err(|_| ParseError::Malformed("not UTF-8"))?;
        let (text, signed) = open(key, &api.node(), body)?;
        let head: Head = read(&text)?;
        let answer = Self { text: text.into_owned(), head, signed, api };
        answer.check(attempt)?;
        Ok(answer)
    }

    /// An unsigned success is a forgery; another order's answer a replay.
    fn check(&self, attempt: AttemptId) -> Result<(), ParseError> {
        if !self.signed && matches!(self.head.code.as_str(), SUCCESS | WAITING) {
            return Err(ParseError::Signature);
        }
        match &self.head.out_trade_no {
            Some(named) if *named == attempt.to_string() => Ok(()),
            Some(_) => Err(ParseError::Malformed("it answers for another order")),
            // An unknown refund is answered with nothing but success.
            None if self.failure().is_some() || self.api == Api::RefundQuery => Ok(()),
            None => Err(ParseError::Malformed("it names no order")),
        }
    }

    /// What Alipay said instead of doing it.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let Head { code, msg, sub_code, sub_msg, .. } = &self.head;
        let message = sub_msg.as_ref().or(msg.as_ref()).cloned().unwrap_or_default();
        let failure = || {
            Failure::new(code.clone(), sub_code.clone().unwrap_or_default(), message, self.signed)
        };
        (code != SUCCESS).then(failure)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        read(&self.text)
    }
}

/// A member that is there twice is refused by serde.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|_| ParseError::Malformed("its node does not read"))
}

/// The node's text, and whether Alipay signed it.
fn open<'a>(
    key: &PlatformKeys,
    node: &str,
    body: &'a str,
) -> Result<(Cow<'a, str>, bool), ParseError> {
    let Envelope { node, sign } = Envelope::read(body, node)?;
    let Some(sign) = sign else { return Ok((Cow::Borrowed(node), false)) };
    let text = signed_text(key, node, &sign).ok_or(ParseError::Signature)?;
    Ok((text, true))
}

/// The text that `sign` signs: the node as it came, or as it was before its slashes were escaped.
/// Alipay's own SDKs try both, so such answers exist.
fn signed_text<'a>(key: &PlatformKeys, node: &'a str, sign: &str) -> Option<Cow<'a, str>> {
    if key.verifies(node.as_bytes(), sign) {
        return Some(Cow::Borrowed(node));
    }
    let plain = node.contains(r"\/").then(|| node.replace(r"\/", "/"))?;
    key.verifies(plain.as_bytes(), sign).then_some(Cow::Owned(plain))
}

struct Envelope<'a> {
    node: &'a str,
    sign: Option<String>,
}

impl<'a> Envelope<'a> {
    fn read(body: &'a str, node: &str) -> Result<Self, ParseError> {
        let members: Members<'a> = serde_json::from_str(body)
            .map_err(|_| ParseError::Malformed("not an object of distinct members"))?;
        let node = match (members.find(node), members.find(ERROR_NODE)) {
            (Some(node), None) | (None, Some(node)) => node.get(),
            (Some(_), Some(_)) => return Err(ParseError::Malformed("it has two nodes")),
            (None, None) => return Err(ParseError::Malformed("it answers something else")),
        };
        let sign = members.find("sign").map(|it| serde_json::from_str::<String>(it.get()));
        let sign = sign.transpose().map_err(|_| ParseError::Malformed("its sign is no text"))?;
        Ok(Self { node, sign: sign.filter(|it| !it.is_empty()) })
    }
}

/// The members of an object, each with the exact text of its value.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct)
    }
}

/// "Last one wins" would let a forged node ride behind a signed one.
struct Distinct;

impl<'de> Visitor<'de> for Distinct {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of distinct members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(String, &'de RawValue)> = vec![];
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            if members.len() == MAX_MEMBERS || members.iter().any(|(it, _)| *it == name) {
                return Err(A::Error::custom("a member is there twice, or there are too many"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests;
