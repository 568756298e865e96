//! `POST /secapi/pay/reverse`: a charge of a scanned code is undone, whatever became of it.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;

use super::answer::Answer;
use super::codes::REVERSE;
use super::settings::Account;

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let mut pairs = account.parties();
    pairs.push(("out_trade_no", attempt.to_string()));
    account.post("/secapi/pay/reverse", call, pairs)
}

/// Only where nothing is left to be called again, it is undone. The answer names no order, so it
/// ends none.
pub(crate) fn parse(account: &Account, response: &Response) -> Result<Outcome, ParseError> {
    match Answer::verify(account, response)? {
        Answer::Said(fields) if fields.text("recall") == Some("N") => Ok(Outcome::Undone),
        Answer::Said(_) => Ok(Outcome::Unknown { code: "RECALL".to_owned() }),
        Answer::Failed(failure) => Ok(failure.of(REVERSE)),
    }
}
