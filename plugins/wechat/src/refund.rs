//! `POST /v3/refund/domestic/refunds`: once per `out_refund_no`, however often it is asked.

use paymux_channel::{BuildError, Call, Outcome, ParseError, RefundCall, Response, Step};
use serde::Serialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::{AMOUNT, fen, is_takable};
use crate::refunded;
use crate::request::notify_url;
use crate::settings::Account;

pub(crate) const PATH: &str = "/v3/refund/domestic/refunds";
/// Characters of `reason`.
const MAX_REASON: usize = 80;

#[derive(Serialize)]
struct Refund<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    out_trade_no: String,
    out_refund_no: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    notify_url: &'a str,
    amount: Amount,
}

#[derive(Serialize)]
struct Amount {
    refund: i64,
    total: i64,
    currency: &'static str,
}

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if refund.paid.checked_sub(refund.amount).is_err() {
        return Err(AMOUNT);
    }
    let body = Refund {
        sub_mchid: account.sub.as_ref().map(|it| &*it.mch_id),
        out_trade_no: refund.out_trade_no(),
        out_refund_no: refund.refund.out_refund_no(),
        reason: reason(refund.reason.as_deref().unwrap_or_default()),
        notify_url: notify_url(&call.notify_url)?,
        amount: Amount {
            refund: fen(refund.amount)?,
            total: fen(refund.paid)?,
            currency: refund.amount.currency().code(),
        },
    };
    account.post(PATH, call, &body)
}

/// Cut to what fits: the money is reserved by now, and must not wait for a shorter text.
pub(crate) fn reason(text: &str) -> String {
    let fit: String = text.trim().chars().filter(|it| is_takable(*it)).take(MAX_REASON).collect();
    fit.trim_end().to_owned()
}

pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => refunded::outcome(&said, refund, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_refund()),
    }
}

#[cfg(test)]
mod tests;
