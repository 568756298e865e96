//! `POST /pay/micropay`: the code a payer shows is charged at once, and nobody is notified of it.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};

use super::answer::{Answer, about};
use super::codes::CHARGE;
use super::settings::Account;
use super::{pay, receipt};
use crate::codepay::auth_code;

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let mut pairs = pay::order(account, pay)?;
    pairs.push(("auth_code", auth_code(pay.payer.auth_code.as_ref())?.to_owned()));
    account.post("/pay/micropay", call, pairs)
}

/// Money may have moved whatever is said here but the table's definite failures.
pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let fields = match Answer::verify(account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of(CHARGE)),
    };
    about(&fields, "out_trade_no", &pay.attempt.to_string())?;
    about(&fields, "trade_type", "MICROPAY")?;
    receipt::read(&fields, call.now).map(Outcome::Paid).map_err(ParseError::Malformed)
}

#[cfg(test)]
mod tests;
