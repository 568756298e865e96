//! What APIv2 offers and the gateway does not model: JSON of texts in, signed XML on the wire, JSON
//! of texts back.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use paymux_channel::{BuildError, Call, Outcome, ParseError, RawAnswer, RawCall, Response, Step};
use serde_json::Value;

use super::answer::Answer;
use super::key::SIGN;
use super::request::{Pairs, TARGET};
use super::settings::Account;
use super::xml::{Fields, MAX_BYTES, is_name};
use crate::order::is_takable;

const MAX_TARGET: usize = 128;
/// What every request says, said by us.
const OWN: [&str; 7] =
    ["appid", "mch_id", "sub_appid", "sub_mch_id", "nonce_str", "sign_type", SIGN];

/// Their answers carry no signature: nobody could tell whose they are.
const UNSIGNED: [&str; 14] = [
    "/mmpaymkttransfers/promotion/transfers",
    "/mmpaymkttransfers/gettransferinfo",
    "/mmpaymkttransfers/sendredpack",
    "/mmpaymkttransfers/sendgroupredpack",
    "/mmpaymkttransfers/sendminiprogramhb",
    "/mmpaymkttransfers/gethbinfo",
    "/mmpaysptrans/pay_bank",
    "/mmpaysptrans/query_bank",
    "/risk/getpublickey",
    "/pay/downloadbill",
    "/pay/downloadfundflow",
    "/payitil/report",
    "/pay/getsignkey",
    "/sandboxnew/pay/getsignkey",
];

const VERB: BuildError = BuildError::Limit { field: "verb", limit: "POST" };
const BODY: BuildError = BuildError::Limit {
    field: "body",
    limit: "a JSON object of texts and whole numbers, of at most 64 KiB, without the fields that \
            every request has",
};

pub(crate) fn build(account: &Account, raw: &RawCall, call: &Call) -> Result<Step, BuildError> {
    if raw.verb != Method::POST {
        return Err(VERB);
    }
    if !is_target(&raw.api) {
        return Err(TARGET);
    }
    let body = body(raw).ok_or(BODY)?;
    let mut pairs: Pairs<'_> = account.parties();
    pairs.extend(body.iter().map(|(name, value)| (name.as_str(), value.clone())));
    account.post(&raw.api, call, pairs)
}

/// The path must lead where it says.
fn is_target(api: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'/' | b'_');
    api.starts_with('/')
        && api.len() <= MAX_TARGET
        && api.bytes().all(plain)
        && !api.contains("//")
        && !api.ends_with('/')
        && !api.starts_with("/v3/")
        && !UNSIGNED.iter().any(|it| it.eq_ignore_ascii_case(api))
}

fn body(raw: &RawCall) -> Option<BTreeMap<String, String>> {
    if raw.body.is_empty() {
        return Some(BTreeMap::new());
    }
    if raw.body.len() > MAX_BYTES {
        return None;
    }
    let body: BTreeMap<String, Value> = serde_json::from_slice(&raw.body).ok()?;
    body.into_iter().map(|(name, value)| Some((own(name)?, text(&value)?))).collect()
}

fn own(name: String) -> Option<String> {
    (is_name(&name) && !OWN.contains(&name.as_str())).then_some(name)
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    text.chars().all(is_takable).then_some(text)
}

/// A failure that is signed is an answer, too.
pub(crate) fn parse(account: &Account, response: &Response) -> Result<Outcome, ParseError> {
    match Answer::verify(account, response)? {
        Answer::Said(fields) => Ok(answer(&fields)),
        Answer::Failed(failure) if failure.is_signed() => {
            let fields = Fields::read(response.body(), "xml").map_err(ParseError::Malformed)?;
            Ok(answer(&fields))
        }
        Answer::Failed(failure) => Ok(failure.unknown()),
    }
}

fn answer(fields: &Fields) -> Outcome {
    let said: BTreeMap<&str, &str> = fields.pairs().filter(|it| it.0 != SIGN).collect();
    let body = serde_json::to_vec(&said).expect("texts under names always serialize");
    Outcome::Raw(RawAnswer { status: 200, body: Bytes::from(body) })
}

#[cfg(test)]
mod tests;
