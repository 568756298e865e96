//! Who the payer is: `sns/oauth2/access_token` for pages inside the wallet, `sns/jscode2session`
//! for mini programs.

use paymux_channel::{BuildError, Identify, Outcome, ParseError, Response, Step};
use paymux_core::payment::{Method, Refusal};
use serde::Deserialize;

use crate::open::{read, secret};
use crate::order::is_openid;
use crate::percent::encode;
use crate::settings::Merchant;

/// Longest code; those seen have 32.
const MAX_CODE: usize = 128;
const CODE: BuildError = BuildError::Limit { field: "code", limit: "1 to 128 characters of ASCII" };

#[derive(Deserialize)]
struct Person {
    openid: String,
    /// Of a page that was only glanced at: a name nobody can pay by.
    #[serde(default)]
    is_snapshotuser: u8,
}

/// Only the name is asked for, so that the payer is not asked.
pub(crate) fn url(merchant: &Merchant, redirect_url: &str, state: &str) -> Option<String> {
    merchant.open.app_secret.as_ref()?;
    let (base, app) = (&merchant.open.authorize_base, merchant.opener(Method::Jsapi));
    let (back, state) = (encode(redirect_url), encode(state));
    Some(format!(
        "{base}/connect/oauth2/authorize?appid={app}&redirect_uri={back}&response_type=code\
         &scope=snsapi_base&state={state}#wechat_redirect"
    ))
}

pub(crate) fn build(merchant: &Merchant, identify: &Identify) -> Result<Step, BuildError> {
    match identify {
        Identify::OAuth(code) => {
            let secret = secret(merchant.open.app_secret.as_ref())?;
            let app = merchant.opener(Method::Jsapi);
            let code = fit(code.expose())?;
            let query =
                format!("appid={app}&secret={secret}&code={code}&grant_type=authorization_code");
            merchant.open_get("/sns/oauth2/access_token", &query)
        }
        Identify::MiniProgram(code) => {
            let app = merchant.mini_app_id.as_deref().ok_or(BuildError::Unsupported)?;
            let secret = secret(merchant.open.mini_app_secret.as_ref())?;
            let code = fit(code.expose())?;
            let query =
                format!("appid={app}&secret={secret}&js_code={code}&grant_type=authorization_code");
            merchant.open_get("/sns/jscode2session", &query)
        }
        // APIv2 has a call for that.
        Identify::AuthCode(_) => Err(BuildError::Unsupported),
    }
}

fn fit(code: &str) -> Result<String, BuildError> {
    let fits = (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_graphic());
    if fits { Ok(encode(code)) } else { Err(CODE) }
}

pub(crate) fn parse(response: &Response) -> Result<Outcome, ParseError> {
    let Person { openid, is_snapshotuser } = match read(response)? {
        Ok(person) => person,
        Err(outcome) => return Ok(outcome),
    };
    if is_snapshotuser != 0 {
        let message = "the payer has only glanced at the page and has no name to pay by".to_owned();
        return Ok(Outcome::Refused(Refusal { code: "SNAPSHOT_USER".to_owned(), message }));
    }
    if !is_openid(&openid) {
        return Err(ParseError::Malformed("openid"));
    }
    Ok(Outcome::Payer(openid))
}

#[cfg(test)]
mod tests;
