//! `POST /tools/authcodetoopenid`: who shows this code at a till. The rest is the open platform's.

use paymux_channel::{BuildError, Call, Identify, Outcome, ParseError, Response, Step};
use paymux_core::payment::AuthCode;

use super::answer::Answer;
use super::codes::IDENTIFY;
use super::request::UNNAMED;
use super::settings::Account;
use crate::codepay::auth_code;
use crate::identify as open;
use crate::order::is_openid;
use crate::settings::OpenidOf;

pub(crate) fn build(
    account: &Account,
    identify: &Identify,
    call: &Call,
) -> Result<Step, BuildError> {
    match identify {
        Identify::AuthCode(code) => {
            let code = AuthCode::new(code.expose());
            let mut pairs = account.parties();
            pairs.push(("auth_code", auth_code(Some(&code))?.to_owned()));
            account.post_signed(UNNAMED, "/tools/authcodetoopenid", call, pairs)
        }
        Identify::OAuth(_) | Identify::MiniProgram(_) => open::build(&account.merchant, identify),
    }
}

pub(crate) fn parse(
    account: &Account,
    identify: &Identify,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match identify {
        Identify::AuthCode(_) => named(account, response),
        Identify::OAuth(_) | Identify::MiniProgram(_) => open::parse(response),
    }
}

fn named(account: &Account, response: &Response) -> Result<Outcome, ParseError> {
    let fields = match Answer::verify_as(UNNAMED, account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of(IDENTIFY)),
    };
    let name = match account.merchant.sub.as_ref().map(|it| it.openid_of) {
        None | Some(OpenidOf::Sp) => "openid",
        Some(OpenidOf::Sub) => "sub_openid",
    };
    let openid = fields.text(name).filter(|it| is_openid(it)).ok_or(ParseError::Malformed(name))?;
    Ok(Outcome::Payer(openid.to_owned()))
}

#[cfg(test)]
mod tests;
