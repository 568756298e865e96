//! What APIv3 offers and the gateway does not model: signed by us, verified by us, read by neither.

use bytes::Bytes;
use http::Method;
use paymux_channel::{BuildError, Call, Outcome, ParseError, RawAnswer, RawCall, Response, Step};
use serde::de::IgnoredAny;

use crate::answer::{Answer, MAX_ANSWER, UNEXPECTED};
use crate::request::TARGET;
use crate::settings::Account;

const MAX_TARGET: usize = 2048;
const MAX_BODY: usize = 64 * 1024;
/// What is downloaded is not signed; it has a hash, and whoever asked for it knows that.
const DOWNLOADS: [&str; 2] = ["/v3/billdownload/", "/v3/transferdownload/"];

const VERB: BuildError =
    BuildError::Limit { field: "verb", limit: "GET, POST, PUT, PATCH or DELETE" };
const BODY: BuildError =
    BuildError::Limit { field: "body", limit: "JSON of at most 64 KiB, or nothing with GET" };

pub(crate) fn build(account: &Account, raw: &RawCall, call: &Call) -> Result<Step, BuildError> {
    let verbs = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    if !verbs.contains(&raw.verb) {
        return Err(VERB);
    }
    // The provider's signature speaks for every sub-merchant, and a body may name any of them.
    if account.merchant.sub.is_some() {
        return Err(BuildError::Unsupported);
    }
    if !is_target(&raw.api) {
        return Err(TARGET);
    }
    let body = body(raw).ok_or(BODY)?;
    account.send(raw.verb.clone(), &raw.api, body, call)
}

/// The path must lead where it says: what is signed is what is sent.
fn is_target(api: &str) -> bool {
    let path = api.split('?').next().unwrap_or_default();
    let segments = path.split('/').skip(1);
    let plain = segments.clone().all(|it| !matches!(it, "" | "." | ".."));
    api.starts_with("/v3/")
        && api.len() <= MAX_TARGET
        && api.bytes().all(|it| it.is_ascii_graphic() && !matches!(it, b'#' | b'\\' | b'"'))
        && plain
        && !api.to_ascii_lowercase().contains("%2e")
        && !DOWNLOADS.iter().any(|it| path.starts_with(it))
}

fn body(raw: &RawCall) -> Option<String> {
    if raw.body.is_empty() {
        return Some(String::new());
    }
    let fits = raw.verb != Method::GET && raw.body.len() <= MAX_BODY;
    let json = serde_json::from_slice::<IgnoredAny>(&raw.body).is_ok();
    let text = std::str::from_utf8(&raw.body).ok()?;
    (fits && json).then(|| text.to_owned())
}

/// A failure that is signed is an answer, too.
pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    if response.body().len() > MAX_ANSWER {
        return Err(ParseError::Malformed("it is too long"));
    }
    match Answer::verify(account, call, response)? {
        Answer::Failed(failure) if !failure.is_signed() => Ok(failure.unknown()),
        Answer::Said(_) | Answer::Done | Answer::Failed(_) => answer(response),
    }
}

/// JSON, or nothing: anything else is not of this API.
fn answer(response: &Response) -> Result<Outcome, ParseError> {
    let body: &Bytes = response.body();
    let json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    if !body.is_empty() && !json {
        return Err(UNEXPECTED);
    }
    let status = response.status().as_u16();
    Ok(Outcome::Raw(RawAnswer { status, body: body.clone() }))
}

#[cfg(test)]
mod tests;
