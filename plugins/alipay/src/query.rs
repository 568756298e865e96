//! `alipay.trade.query`: what became of an order.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::payment::Receipt;
use paymux_core::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::time;
use crate::wire::{Api, TradeStatus, is_trade_no, yuan};

#[derive(Serialize)]
struct Query {
    out_trade_no: String,
    /// Without it the paid amounts may all be `0.00`.
    query_options: [&'static str; 1],
}

#[derive(Deserialize)]
struct Queried {
    trade_status: String,
    trade_no: Option<String>,
    total_amount: Option<String>,
    send_pay_date: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
) -> Result<Step, BuildError> {
    let biz = Query { out_trade_no: attempt.to_string(), query_options: ["fund_bill_list"] };
    account.post(Api::Query, call, &[], &biz)
}

pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Query, attempt, call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_query());
    }
    let queried: Queried = answer.read()?;
    match TradeStatus::from(&*queried.trade_status) {
        TradeStatus::WaitBuyerPay => Ok(Outcome::Unpaid),
        TradeStatus::Success | TradeStatus::Finished => queried.paid(call.now),
        // Also of a trade that was paid and went back whole, as a cancelled charge does: to call
        // that paid would give the goods away. A payment that is known as paid stays paid.
        TradeStatus::Closed => Ok(Outcome::Closed),
        TradeStatus::Unrecognised(code) => Ok(Outcome::Unknown { code }),
    }
}

impl Queried {
    /// `total_amount` is the order's; what the seller got may be less by coupons.
    fn paid(&self, answered_at: Timestamp) -> Result<Outcome, ParseError> {
        let amount = self.total_amount.as_deref().map(yuan);
        let amount = amount.and_then(Result::ok).ok_or(ParseError::Malformed("total_amount"))?;
        let trade_no = self.trade_no.as_ref().filter(|it| is_trade_no(it));
        let channel_trade_no = trade_no.ok_or(ParseError::Malformed("trade_no"))?.clone();
        let paid_at = match self.send_pay_date.as_ref().filter(|it| !it.is_empty()) {
            Some(text) => time::read(text).ok_or(ParseError::Malformed("send_pay_date"))?,
            // Paid is paid; it was not later than this.
            None => answered_at,
        };
        Ok(Outcome::Paid(Receipt { amount, channel_trade_no, paid_at }))
    }
}

#[cfg(test)]
mod tests;
