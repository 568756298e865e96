//! `POST /cgi-bin/stable_token`, or `GET /cgi-bin/token`: the application's own token.

use std::time::Duration;

use paymux_channel::{AppToken, BuildError, Outcome, ParseError, Response, Secret, Step};
use paymux_core::payment::Method;
use serde::{Deserialize, Serialize};

use crate::open::{read, secret};
use crate::settings::Merchant;

/// The documents ask for room for 512.
const MAX_TOKEN: usize = 1024;
/// Two hours are usual; more than a day is a mistake.
const MAX_LIFE_S: u64 = 24 * 3600;

/// Everybody who asks gets the same token until five minutes before it ends.
#[derive(Serialize)]
struct Stable<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Hidden,
    expires_in: u64,
}

/// Read into what hides it.
#[derive(Deserialize)]
#[serde(from = "String")]
struct Hidden(Secret);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

/// Accounts of one application have one token.
pub(crate) fn of(merchant: &Merchant) -> Option<AppToken> {
    merchant.open.app_secret.as_ref()?;
    let app = merchant.opener(Method::Jsapi).to_owned();
    Some(AppToken { app, exclusive: merchant.open.classic_token })
}

pub(crate) fn build(merchant: &Merchant) -> Result<Step, BuildError> {
    let secret = secret(merchant.open.app_secret.as_ref())?;
    let (appid, grant_type) = (merchant.opener(Method::Jsapi), "client_credential");
    if merchant.open.classic_token {
        let query = format!("grant_type={grant_type}&appid={appid}&secret={secret}");
        return merchant.open_get("/cgi-bin/token", &query);
    }
    let body = Stable { grant_type, appid, secret, force_refresh: false };
    let body = serde_json::to_string(&body).expect("texts and flags always serialize");
    merchant.open_post("/cgi-bin/stable_token", body)
}

pub(crate) fn parse(response: &Response) -> Result<Outcome, ParseError> {
    let Granted { access_token: Hidden(token), expires_in } = match read(response)? {
        Ok(granted) => granted,
        Err(outcome) => return Ok(outcome),
    };
    let text = token.expose();
    let fits =
        (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
    if !fits {
        return Err(ParseError::Malformed("access_token"));
    }
    if !(1..=MAX_LIFE_S).contains(&expires_in) {
        return Err(ParseError::Malformed("expires_in"));
    }
    Ok(Outcome::Token { token, expires_in: Duration::from_secs(expires_in) })
}

#[cfg(test)]
mod tests;
