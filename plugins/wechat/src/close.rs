//! `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`: an order nobody may pay any more.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;

use crate::answer::{Answer, UNEXPECTED};
use crate::settings::Account;

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let path = format!("{}/out-trade-no/{attempt}/close", account.orders());
    account.post(&path, call, &account.merchants())
}

/// Only 204 says that it is closed.
pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Done => Ok(Outcome::Closed),
        Answer::Said(_) => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_close()),
    }
}

#[cfg(test)]
mod tests;
