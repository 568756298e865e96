//! `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/reverse`: a charge of a scanned code is
//! undone, whatever became of it.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;
use paymux_core::payment::Method;
use serde::Deserialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::party::Named;
use crate::settings::Account;

#[derive(Deserialize)]
struct Reversed {
    #[serde(flatten)]
    named: Named,
    out_trade_no: String,
}

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    if account.store.is_none() {
        return Err(BuildError::Unsupported);
    }
    let path = format!("{}/out-trade-no/{attempt}/reverse", account.orders());
    account.post(&path, call, &account.party(Method::Barcode))
}

/// Only a signed 200 that names this very order says that it is undone.
pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_reverse()),
    };
    let reversed: Reversed = said.read()?;
    if reversed.out_trade_no != attempt.to_string() {
        return Err(ParseError::Malformed("it answers for another order"));
    }
    match reversed.named.answer_mismatch(account) {
        Some(_) => Err(ParseError::Malformed("it answers for another account")),
        None => Ok(Outcome::Closed),
    }
}

#[cfg(test)]
mod tests;
