//! `POST /pay/orderquery`: what became of an order.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;

use super::answer::{Answer, about};
use super::receipt;
use super::settings::Account;
use crate::codes::plain;
use crate::wire::TradeState;

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let mut pairs = account.parties();
    pairs.push(("out_trade_no", attempt.to_string()));
    account.post("/pay/orderquery", call, pairs)
}

/// Failed payments come with a `result_code` of `SUCCESS`: the question was answered.
pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let fields = match Answer::verify(account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of(super::codes::QUERY)),
    };
    about(&fields, "out_trade_no", &attempt.to_string())?;
    let state = fields.text("trade_state").ok_or(ParseError::Malformed("trade_state"))?;
    let receipt = || receipt::read(&fields, call.now).map_err(ParseError::Malformed);
    match TradeState::from(state) {
        TradeState::Success => receipt().map(Outcome::Paid),
        TradeState::Refund => receipt().map(Outcome::GivenBack),
        TradeState::NotPay | TradeState::UserPaying | TradeState::Accept => Ok(Outcome::Unpaid),
        TradeState::PayError => Ok(Outcome::PayFailed),
        TradeState::Closed | TradeState::Revoked => Ok(Outcome::Closed),
        TradeState::Unrecognised(word) => Ok(Outcome::Unknown { code: plain(&word) }),
    }
}

#[cfg(test)]
mod tests;
