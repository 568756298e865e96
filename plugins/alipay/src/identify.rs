//! `alipay.system.oauth.token`: who the payer is, by the code the browser or mini program brought.

use paymux_channel::{BuildError, Call, Identify, Outcome, ParseError, Response, Secret, Step};
use serde::Deserialize;

use crate::answer::Answer;
use crate::settings::Account;
use crate::wire::Api;

/// Codes have 32 characters today.
const MAX_CODE: usize = 128;
/// Longest `open_id`.
const MAX_NAME: usize = 128;

#[derive(Deserialize)]
struct Known {
    open_id: Option<String>,
    user_id: Option<String>,
}

/// The page that asks nothing of the payer and comes back with a code.
pub(crate) fn url(account: &Account, redirect_url: &str, state: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("app_id", &account.app_id)
        .append_pair("scope", "auth_base")
        .append_pair("redirect_uri", redirect_url)
        .append_pair("state", state)
        .finish();
    format!("{}?{query}", account.authorize_url)
}

pub(crate) fn build(account: &Account, it: &Identify, call: &Call) -> Result<Step, BuildError> {
    let code = code(it)?.expose();
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    if !(1..=MAX_CODE).contains(&code.len()) || !code.bytes().all(plain) {
        let limit = "1 to 128 letters, digits, - and _";
        return Err(BuildError::Limit { field: "code", limit });
    }
    let fields = [("grant_type", "authorization_code"), ("code", code)];
    account.post_fields(Api::OauthToken, call, &fields)
}

/// A mini program's code is of the same kind. The code a payer shows names nobody before it is
/// charged.
fn code(it: &Identify) -> Result<&Secret, BuildError> {
    match it {
        Identify::OAuth(code) | Identify::MiniProgram(code) => Ok(code),
        Identify::AuthCode(_) => Err(BuildError::Unsupported),
    }
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::OauthToken.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_identify());
    }
    let Known { open_id, user_id } = answer.read()?;
    let known = [open_id, user_id].into_iter().flatten();
    let mut known = known.filter(|it| (1..=MAX_NAME).contains(&it.len()));
    known.next().map(Outcome::Payer).ok_or(ParseError::Malformed("it names nobody"))
}

#[cfg(test)]
mod tests;
