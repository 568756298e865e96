//! `alipay.trade.refund` of nothing but a share, which its receiver gives back to the merchant; and
//! `alipay.trade.fastpay.refund.query`, which knows it by its number.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, SplitCall, Step};
use paymux_core::split::{Fact, Line, LineState, Told};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::order::amount;
use crate::query_split::UNTOLD;
use crate::refund::refunded_at;
use crate::settings::Account;
use crate::split::{description, fact, identity_type};
use crate::wire::{Api, FundChange, RefundStatus};

#[derive(Serialize)]
struct Refund<'a> {
    trade_no: &'a str,
    out_request_no: String,
    /// The payer gets nothing (opendocs support 01rg1b).
    refund_amount: &'static str,
    refund_royalty_parameters: Vec<Back<'a>>,
}

#[derive(Serialize)]
struct Back<'a> {
    royalty_type: &'static str,
    trans_out: &'a str,
    trans_out_type: &'static str,
    amount: String,
    desc: &'a str,
}

#[derive(Deserialize)]
struct Refunded {
    fund_change: Option<String>,
    gmt_refund_pay: Option<String>,
}

#[derive(Serialize)]
struct Query<'a> {
    trade_no: &'a str,
    out_request_no: String,
    query_options: [&'static str; 1],
}

#[derive(Deserialize)]
struct Queried {
    out_request_no: Option<String>,
    refund_status: Option<String>,
    gmt_refund_pay: Option<String>,
}

pub(crate) fn build(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    let back = |it: &'_ Line| -> Result<Back<'_>, BuildError> {
        Ok(Back {
            royalty_type: "transfer",
            trans_out: &split.lines[0].receiver.account,
            trans_out_type: identity_type(&it.receiver)?,
            amount: amount(it.amount)?,
            desc: description(account, &split.description)?,
        })
    };
    let biz = Refund {
        trade_no: &split.channel_trade_no,
        out_request_no: split.out_order_no(),
        refund_amount: "0.00",
        refund_royalty_parameters: split.lines.iter().map(back).collect::<Result<_, _>>()?,
    };
    account.post(Api::Refund, call, &[], &biz)
}

/// Only money that moved is back: of a repeat none moves, and of what waits none has yet.
pub(crate) fn parse(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::Refund.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_split_return());
    }
    let refunded: Refunded = answer.read()?;
    match FundChange::from(refunded.fund_change.as_deref()) {
        FundChange::Yes => back(split, refunded.gmt_refund_pay.as_deref(), call),
        FundChange::No => Ok(Outcome::Unknown { code: "fund_change.N".to_owned() }),
        FundChange::Unrecognised(code) => Ok(Outcome::Unknown { code }),
    }
}

pub(crate) fn ask(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    let biz = Query {
        trade_no: &split.channel_trade_no,
        out_request_no: split.out_order_no(),
        query_options: ["gmt_refund_pay"],
    };
    account.post(Api::RefundQuery, call, &[], &biz)
}

/// A success is told. What is not told may be on its way, so that it is no "no".
pub(crate) fn answered(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::RefundQuery.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_split_query());
    }
    let queried: Queried = answer.read()?;
    match queried.refund_status.as_deref().map(RefundStatus::from) {
        None => Ok(UNTOLD),
        Some(RefundStatus::Unrecognised(code)) => Ok(Outcome::Unknown { code }),
        Some(RefundStatus::Success)
            if queried.out_request_no.as_deref() != Some(&*split.out_order_no()) =>
        {
            Err(ParseError::Malformed("it answers for another split"))
        }
        Some(RefundStatus::Success) => back(split, queried.gmt_refund_pay.as_deref(), call),
    }
}

fn back(split: &SplitCall, at: Option<&str>, call: &Call) -> Result<Outcome, ParseError> {
    let state = LineState::Succeeded { at: refunded_at(at, call.now)? };
    let told =
        |it: &Line| Told { receiver: it.receiver.clone(), amount: it.amount, state: state.clone() };
    let lines = split.lines.iter().map(told).collect();
    Ok(fact(Fact::Progress { channel_split_no: None, done: true, lines }))
}
