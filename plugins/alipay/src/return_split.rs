//! `alipay.trade.refund` of nothing but a share: what its receiver gives back to the merchant.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, SplitCall, Step};
use paymux_core::split::{Fact, Line, LineState, Told};
use serde::Serialize;

use crate::answer::Answer;
use crate::order::amount;
use crate::settings::Account;
use crate::split::{description, fact, identity_type};
use crate::wire::Api;

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

/// Done, or refused: Alipay does it at once, and a number once however often it is asked.
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
    let told = |it: &Line| Told {
        receiver: it.receiver.clone(),
        amount: it.amount,
        state: LineState::Succeeded { at: call.now },
    };
    let lines = split.lines.iter().map(told).collect();
    Ok(fact(Fact::Progress { channel_split_no: None, done: true, lines }))
}
