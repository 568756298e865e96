//! `alipay.trade.cancel`: undoes a charge at a till, whatever became of it.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::AttemptId;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::wire::Api;

#[derive(Serialize)]
struct Cancel {
    out_trade_no: String,
}

#[derive(Deserialize)]
struct Cancelled {
    retry_flag: Option<String>,
    action: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    account.post(Api::Cancel, call, &[], &Cancel { out_trade_no: attempt.to_string() })
}

pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Cancel, attempt, call, response)?;
    match answer.failure() {
        Some(failure) => Ok(failure.of_cancel()),
        None => Ok(answer.read::<Cancelled>()?.outcome()),
    }
}

impl Cancelled {
    /// Closed and returned in full are both the end. "No such trade" is not: the charge may be on
    /// its way still.
    fn outcome(&self) -> Outcome {
        let unknown = |code: &str| Outcome::Unknown { code: code.to_owned() };
        match (self.retry_flag.as_deref(), self.action.as_deref()) {
            (Some("N"), Some("close" | "refund")) => Outcome::Closed,
            (Some("N"), None) => Outcome::Absent,
            (Some("Y"), _) => unknown("retry_flag.Y"),
            (Some("N"), Some(_)) => unknown("action"),
            (Some(_) | None, _) => unknown("retry_flag"),
        }
    }
}

#[cfg(test)]
mod tests;
