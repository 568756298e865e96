//! `alipay.trade.fastpay.refund.query`: what became of a refund.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, RefundCall, RefundOutcome, Response, Step,
};
use paymux_core::Timestamp;
use paymux_core::refund::RefundFact;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::refund::refunded_at;
use crate::settings::Account;
use crate::wire::{Api, RefundStatus, yuan};

#[derive(Serialize)]
struct Query {
    out_trade_no: String,
    out_request_no: String,
    query_options: [&'static str; 1],
}

#[derive(Deserialize)]
struct Queried {
    out_request_no: Option<String>,
    refund_status: Option<String>,
    /// Of this refund alone.
    refund_amount: Option<String>,
    gmt_refund_pay: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    let biz = Query {
        out_trade_no: refund.out_trade_no(),
        out_request_no: refund.refund.out_refund_no(),
        query_options: ["gmt_refund_pay"],
    };
    account.post(Api::RefundQuery, call, &[], &biz)
}

pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::RefundQuery, refund.attempt, call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_refund_query());
    }
    let queried: Queried = answer.read()?;
    match queried.refund_status.as_deref().map(RefundStatus::from) {
        Some(RefundStatus::Success) => queried.done(refund, call.now),
        Some(RefundStatus::Unrecognised(code)) => Ok(Outcome::Unknown { code }),
        // "Not received, or failed" say the documents: ask for it again, under its one number.
        None if queried.refund_amount.is_none() => Ok(Outcome::Refund(RefundOutcome::Absent)),
        // Very old answers lack the status of what succeeded; a person must look.
        None => Ok(Outcome::Unknown { code: "refund_status".to_owned() }),
    }
}

impl Queried {
    fn done(&self, refund: &RefundCall, answered_at: Timestamp) -> Result<Outcome, ParseError> {
        if self.out_request_no != Some(refund.refund.out_refund_no()) {
            return Err(ParseError::Malformed("it answers for another refund"));
        }
        let amount = self.refund_amount.as_deref().map(yuan);
        let amount = amount.and_then(Result::ok).ok_or(ParseError::Malformed("refund_amount"))?;
        let at = refunded_at(self.gmt_refund_pay.as_deref(), answered_at)?;
        let fact = RefundFact::Succeeded { amount, channel_refund_no: None, at };
        Ok(Outcome::Refund(RefundOutcome::Fact(fact)))
    }
}

#[cfg(test)]
mod tests;
