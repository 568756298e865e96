//! A synchronous answer: the signature over the raw bytes first, then the words of those bytes.

use std::borrow::Cow;

use paymux_channel::{Call, ParseError, Response};
use paymux_core::AttemptId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::codes::Failure;
use crate::envelope::Envelope;
use crate::settings::Account;
use crate::trust::UnknownKey;
use crate::wire::Api;

/// A trade with all its details takes a few kilobytes.
const MAX_ANSWER: usize = 256 * 1024;
const NOT_TEXT: ParseError = ParseError::Malformed("not text in the account's charset");
const SEALED: ParseError = ParseError::Malformed("its content cannot be decrypted");
const SUCCESS: &str = "10000";
/// Barcode's "waiting for the payer": a success as far as trust is concerned.
const WAITING: &str = "10003";

/// An answer whose text is Alipay's own, or which claims nothing worth forging.
pub(crate) struct Answer {
    /// Exactly what was verified.
    text: String,
    head: Head,
    signed: bool,
}

#[derive(Deserialize)]
struct Head {
    code: Option<String>,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    out_trade_no: Option<String>,
}

impl Answer {
    /// The answer to `api` about `attempt`; anything else genuine is refused as well.
    pub(crate) fn about(
        account: &Account,
        api: Api,
        attempt: AttemptId,
        call: &Call,
        response: &Response,
    ) -> Result<Self, ParseError> {
        let answer = Self::open(account, api.name(), call, response)?;
        if answer.head.code.is_none() {
            return Err(ParseError::Malformed("it has no code"));
        }
        match &answer.head.out_trade_no {
            Some(named) if *named == attempt.to_string() => Ok(answer),
            Some(_) => Err(ParseError::Malformed("it answers for another order")),
            // An unknown refund is answered with nothing but success.
            None if !answer.is_claim() || api == Api::RefundQuery => Ok(answer),
            None => Err(ParseError::Malformed("it names no order")),
        }
    }

    /// The answer to a method. An unsigned success is a forgery.
    pub(crate) fn open(
        account: &Account,
        method: &str,
        call: &Call,
        response: &Response,
    ) -> Result<Self, ParseError> {
        let body = body(response)?;
        let text = account.charset.decode(body).ok_or(NOT_TEXT)?;
        let envelope = Envelope::read(&text, method)?;
        let signed = envelope.sign.is_some();
        let node = match &envelope.sign {
            Some(sign) => verified(account, body, &text, &envelope, sign, call)?,
            None => Cow::Borrowed(envelope.node),
        };
        let text = account.opened(&node, signed)?;
        let head: Head = read(&text)?;
        let answer = Self { text: text.into_owned(), head, signed };
        if !signed && answer.is_claim() {
            return Err(ParseError::Signature);
        }
        Ok(answer)
    }

    /// The node of an answer that brings its own proof.
    pub(crate) fn unverified<T: DeserializeOwned>(
        account: &Account,
        api: Api,
        response: &Response,
    ) -> Result<T, ParseError> {
        let text = account.charset.decode(body(response)?).ok_or(NOT_TEXT)?;
        let envelope = Envelope::read(&text, api.name())?;
        read(&account.opened(envelope.node, true)?)
    }

    /// What Alipay said instead of doing it.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let Head { code, msg, sub_code, sub_msg, .. } = &self.head;
        let message = sub_msg.as_ref().or(msg.as_ref()).cloned().unwrap_or_default();
        let (code, sub_code) = (code.clone(), sub_code.clone());
        let failure = || {
            let (code, sub_code) = (code.unwrap_or_default(), sub_code.unwrap_or_default());
            Failure::new(code, sub_code, message, self.signed)
        };
        self.head.code.as_deref().is_some_and(|it| it != SUCCESS).then(failure)
    }

    /// The payer is asked to confirm: no failure, and no success either.
    pub(crate) fn is_waiting(&self) -> bool {
        self.head.code.as_deref() == Some(WAITING)
    }

    /// Whether somebody could wish to forge it. Some successes bring no code at all.
    fn is_claim(&self) -> bool {
        self.head.code.as_deref().is_none_or(|it| matches!(it, SUCCESS | WAITING))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        read(&self.text)
    }

    pub(crate) fn into_signed_text(self) -> Option<String> {
        self.signed.then_some(self.text)
    }
}

fn body(response: &Response) -> Result<&[u8], ParseError> {
    if response.status() != http::StatusCode::OK {
        return Err(ParseError::Malformed("the status is not 200"));
    }
    let body = response.body();
    if body.len() > MAX_ANSWER { Err(ParseError::Malformed("it is too long")) } else { Ok(body) }
}

/// A member that is there twice is refused by serde.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|_| ParseError::Malformed("its node does not read"))
}

impl Account {
    /// A node that is a text is content under the account's AES key. An unsigned one could be of
    /// anybody who has that key.
    fn opened<'a>(&self, node: &'a str, signed: bool) -> Result<Cow<'a, str>, ParseError> {
        if !node.starts_with('"') {
            return Ok(Cow::Borrowed(node));
        }
        let sealed: String = read(node)?;
        let cipher = self.cipher.as_ref().filter(|_| signed).ok_or(SEALED)?;
        let bytes = cipher.decrypt(&sealed).ok_or(SEALED)?;
        let text = self.charset.decode(&bytes).ok_or(NOT_TEXT)?;
        Ok(Cow::Owned(text.into_owned()))
    }
}

/// The text that `sign` signs: the bytes of the node as they came, or as they were before its
/// slashes were escaped. Alipay's own SDKs try both, so such answers exist.
fn verified<'a>(
    account: &Account,
    body: &[u8],
    text: &'a str,
    envelope: &Envelope<'a>,
    sign: &str,
    call: &Call,
) -> Result<Cow<'a, str>, ParseError> {
    let keys = account.trust.keys(envelope.serial.as_deref(), Some(call.now));
    let keys = keys.map_err(|UnknownKey(serial)| ParseError::UnknownKey { serial })?;
    let verifies = |it: &[u8]| keys.iter().any(|key| key.verifies(it, sign));
    let start = envelope.node.as_ptr() as usize - text.as_ptr() as usize;
    let part = account.charset.raw(body, text, start..start + envelope.node.len());
    let raw = part.and_then(|it| body.get(it)).ok_or(NOT_TEXT)?;
    if verifies(raw) {
        return Ok(Cow::Borrowed(envelope.node));
    }
    let plain = envelope.node.contains(r"\/").then(|| envelope.node.replace(r"\/", "/"));
    let plain = plain.ok_or(ParseError::Signature)?;
    let bytes = account.charset.encode(&plain).ok_or(ParseError::Signature)?;
    if verifies(&bytes) { Ok(Cow::Owned(plain)) } else { Err(ParseError::Signature) }
}

#[cfg(test)]
mod tests;
