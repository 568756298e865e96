//! Any method of Alipay's, for what the gateway does not model: signed, sent, verified, not read.

use bytes::Bytes;
use paymux_channel::{BuildError, Call, Outcome, ParseError, RawAnswer, RawCall, Response, Step};
use serde_json::Value;

use crate::answer::Answer;
use crate::settings::Account;

/// Longest `method`.
const MAX_METHOD: usize = 128;
/// Methods about applications and whom they act for.
const OPEN: &str = "alipay.open.";

pub(crate) fn build(account: &Account, raw: &RawCall, call: &Call) -> Result<Step, BuildError> {
    if raw.verb != http::Method::POST {
        return Err(BuildError::Limit { field: "verb", limit: "POST" });
    }
    // There the provider's application speaks for itself, and not for this merchant.
    if account.delegate.is_some() && raw.api.starts_with(OPEN) {
        return Err(BuildError::Unsupported);
    }
    account.post_text(method(&raw.api)?, call, &[], content(account, &raw.body)?)
}

fn method(text: &str) -> Result<&str, BuildError> {
    let plain =
        |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'.' | b'_');
    let fits = (1..=MAX_METHOD).contains(&text.len())
        && text.bytes().all(plain)
        && text.split('.').all(|it| !it.is_empty());
    let limit = "a method's name such as alipay.trade.query";
    fits.then_some(text).ok_or(BuildError::Limit { field: "api", limit })
}

fn content<'a>(account: &Account, body: &'a Bytes) -> Result<Option<&'a str>, BuildError> {
    if body.is_empty() {
        return Ok(None);
    }
    let limit = "a JSON object in UTF-8, or nothing";
    let text = std::str::from_utf8(body).ok();
    let is_object = |it: &&str| matches!(serde_json::from_str(it), Ok(Value::Object(_)));
    let text = text.filter(is_object).ok_or(BuildError::Limit { field: "body", limit })?;
    account.charset.takes("body", text).map(Some)
}

/// Unsigned words are nobody's, whatever they say.
pub(crate) fn parse(
    account: &Account,
    raw: &RawCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, &raw.api, call, response)?;
    let body = answer.into_signed_text().ok_or(ParseError::Signature)?;
    Ok(Outcome::Raw(RawAnswer { status: response.status().as_u16(), body: body.into() }))
}

#[cfg(test)]
mod tests;
