//! `alipay.trade.refund`: once per `out_request_no`, however often it is asked.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, RefundCall, RefundOutcome, Response, Step,
};
use paymux_core::refund::RefundFact;
use paymux_core::{Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::order::amount;
use crate::settings::Account;
use crate::time;
use crate::wire::{Api, FundChange, yuan};

/// Characters of `refund_reason`.
const MAX_REASON: usize = 256;

/// No other parameter: undocumented ones "may cause failed or duplicate refunds".
#[derive(Serialize)]
struct Refund<'a> {
    out_trade_no: String,
    refund_amount: String,
    out_request_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Refunded {
    fund_change: Option<String>,
    /// Of the trade so far, not of this refund.
    refund_fee: Option<String>,
    gmt_refund_pay: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if refund.paid.checked_sub(refund.amount).is_err() {
        return Err(BuildError::Limit { field: "amount", limit: "no more than what was paid" });
    }
    let biz = Refund {
        out_trade_no: refund.out_trade_no(),
        refund_amount: amount(refund.amount)?,
        out_request_no: refund.refund.out_refund_no(),
        refund_reason: reason(account, refund.reason.as_deref()),
        operator_id: account.counter.operator_id.as_deref(),
    };
    account.post(Api::Refund, call, &[], &biz)
}

/// What Alipay takes of it: a refund is promised by now, and must not fail for its words.
fn reason(account: &Account, text: Option<&str>) -> Option<String> {
    let fits = |it: &char| !it.is_control() && account.charset.has(*it);
    let text: String = text?.chars().filter(fits).take(MAX_REASON).collect();
    (!text.trim().is_empty()).then_some(text)
}

pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Refund, refund.attempt, call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_refund());
    }
    let refunded: Refunded = answer.read()?;
    match FundChange::from(refunded.fund_change.as_deref()) {
        FundChange::Yes => refunded.done(refund, call.now),
        // A repeat of what is done, or not done yet. Only the refund's query can tell, and a
        // refund it does not know must still be asked for again: so nothing is accepted here.
        FundChange::No => Ok(Outcome::Unknown { code: "fund_change.N".to_owned() }),
        FundChange::Unrecognised(code) => Ok(Outcome::Unknown { code }),
    }
}

impl Refunded {
    /// The amount is the one asked for; the trade's sum can only confirm that it has room for it.
    fn done(&self, refund: &RefundCall, answered_at: Timestamp) -> Result<Outcome, ParseError> {
        if let Some(text) = &self.refund_fee {
            let sum = yuan(text).ok().filter(|sum| holds(*sum, refund));
            sum.ok_or(ParseError::Malformed("refund_fee"))?;
        }
        let at = refunded_at(self.gmt_refund_pay.as_deref(), answered_at)?;
        let fact = RefundFact::Succeeded { amount: refund.amount, channel_refund_no: None, at };
        Ok(Outcome::Refund(RefundOutcome::Fact(fact)))
    }
}

fn holds(sum: Money, refund: &RefundCall) -> bool {
    sum.checked_sub(refund.amount).is_ok() && refund.paid.checked_sub(sum).is_ok()
}

/// Without a time of Alipay's, the refund was not later than its answer.
pub(crate) fn refunded_at(
    text: Option<&str>,
    answered_at: Timestamp,
) -> Result<Timestamp, ParseError> {
    let Some(text) = text else { return Ok(answered_at) };
    time::read(text).ok_or(ParseError::Malformed("gmt_refund_pay"))
}

#[cfg(test)]
mod tests;
