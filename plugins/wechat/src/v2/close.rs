//! `POST /pay/closeorder`: an order nobody may pay any more, from its fifth minute on.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;

use super::answer::Answer;
use super::codes::CLOSE;
use super::settings::Account;

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let mut pairs = account.parties();
    pairs.push(("out_trade_no", attempt.to_string()));
    account.post("/pay/closeorder", call, pairs)
}

pub(crate) fn parse(account: &Account, response: &Response) -> Result<Outcome, ParseError> {
    match Answer::verify(account, response)? {
        Answer::Said(_) => Ok(Outcome::Closed),
        Answer::Failed(failure) => Ok(failure.of(CLOSE)),
    }
}
