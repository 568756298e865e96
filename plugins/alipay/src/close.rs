//! `alipay.trade.close`: an order nobody may pay any more.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;
use serde::Serialize;

use crate::answer::Answer;
use crate::settings::Account;
use crate::wire::Api;

#[derive(Serialize)]
struct Close {
    out_trade_no: String,
}

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    account.post(Api::Close, call, &[], &Close { out_trade_no: attempt.to_string() })
}

/// "No such order" is not "closed": a code that was never scanned may still be.
pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Close, attempt, call, response)?;
    Ok(answer.failure().map_or(Outcome::Closed, |it| it.of_close()))
}

#[cfg(test)]
mod tests;
