//! `POST /v3/pay/transactions/native`: an order as a code to scan.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Action;
use serde::Deserialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::Order;
use crate::settings::Account;

/// Longest `code_url`.
const MAX_CODE: usize = 512;

#[derive(Deserialize)]
struct Placed {
    code_url: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let path = format!("{}/native", account.orders());
    account.post(&path, call, &Order::new(account, pay, call)?)
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_pay()),
    };
    let Placed { code_url } = said.read()?;
    code(code_url)
}

pub(crate) fn code(code_url: String) -> Result<Outcome, ParseError> {
    let fits = (1..=MAX_CODE).contains(&code_url.len())
        && code_url.bytes().all(|it| it.is_ascii_graphic());
    if fits {
        Ok(Outcome::Accepted(Action::QrCode(code_url)))
    } else {
        Err(ParseError::Malformed("its code cannot be shown"))
    }
}

#[cfg(test)]
mod tests;
