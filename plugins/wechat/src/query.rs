//! `GET /v3/pay/transactions/out-trade-no/{out_trade_no}`: what became of an order. Always by our
//! own number: unpaid orders have no other.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;

use crate::answer::{Answer, UNEXPECTED};
use crate::codes::plain;
use crate::settings::Account;
use crate::transaction::Transaction;
use crate::wire::TradeState;

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let (orders, merchants) = (account.orders(), account.merchants_query());
    account.get(&format!("{orders}/out-trade-no/{attempt}?{merchants}"), call)
}

pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_query()),
    };
    let transaction: Transaction = said.read()?;
    // The signature does not bind the question: another order's answer would verify, too.
    if transaction.out_trade_no.as_deref() != Some(&*attempt.to_string()) {
        return Err(ParseError::Malformed("it answers for another order"));
    }
    // Whether it is a charge at a till, the question does not know.
    if transaction.named.answer_mismatch(account).is_some() {
        return Err(ParseError::Malformed("it answers for another account"));
    }
    let receipt = || transaction.receipt(call.now).map_err(ParseError::Malformed);
    match transaction.state().ok_or(ParseError::Malformed("trade_state"))? {
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
