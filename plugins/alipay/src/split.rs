//! `alipay.trade.order.settle`: shares of a trade, and its finish; once per `out_request_no`.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, Response, SplitCall, SplitOutcome, Step,
};
use paymux_core::split::{Fact, Kind, Line, Receiver, ReceiverKind};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::order::amount;
use crate::settings::Account;
use crate::wire::{Api, is_trade_no};
use crate::{return_split, wire};

pub(crate) const RECEIVERS: &[ReceiverKind] =
    &[ReceiverKind::UserId, ReceiverKind::LoginName, ReceiverKind::OpenId];

/// Characters of `desc`.
const MAX_DESC: usize = 1000;

#[derive(Serialize)]
struct Settle<'a> {
    out_request_no: String,
    trade_no: &'a str,
    /// Without any, only the rest is set free.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    royalty_parameters: Vec<Royalty<'a>>,
    /// Both modes never go together on one trade, and this one takes more receivers.
    royalty_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extend_params: Option<ExtendParams>,
}

#[derive(Serialize)]
pub(crate) struct Royalty<'a> {
    royalty_type: &'static str,
    trans_in: &'a str,
    trans_in_type: &'static str,
    amount: String,
    desc: &'a str,
}

#[derive(Serialize)]
struct ExtendParams {
    royalty_finish: &'static str,
}

#[derive(Deserialize)]
struct Settled {
    settle_no: Option<String>,
}

pub(crate) fn build(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    if account.capabilities.splits.is_none() {
        return Err(BuildError::Unsupported);
    }
    let lines = match split.kind {
        Kind::Return { .. } => return return_split::build(account, split, call),
        Kind::Share { .. } | Kind::Finish => &split.lines,
    };
    let royalty = |it| royalty(account, split, it);
    let finish = split.kind.finishes().then_some(ExtendParams { royalty_finish: "true" });
    let biz = Settle {
        out_request_no: split.out_order_no(),
        trade_no: &split.channel_trade_no,
        royalty_parameters: lines.iter().map(royalty).collect::<Result<_, _>>()?,
        royalty_mode: "async",
        extend_params: finish,
    };
    account.post(Api::Settle, call, &[], &biz)
}

fn royalty<'a>(
    account: &Account,
    split: &'a SplitCall,
    line: &'a Line,
) -> Result<Royalty<'a>, BuildError> {
    Ok(Royalty {
        royalty_type: "transfer",
        trans_in: &line.receiver.account,
        trans_in_type: identity_type(&line.receiver)?,
        amount: amount(line.amount)?,
        desc: description(account, &split.description)?,
    })
}

pub(crate) fn identity_type(receiver: &Receiver) -> Result<&'static str, BuildError> {
    match receiver.kind {
        ReceiverKind::UserId => Ok("userId"),
        ReceiverKind::LoginName => Ok("loginName"),
        ReceiverKind::OpenId => Ok("openId"),
        ReceiverKind::Merchant | ReceiverKind::SubOpenId => {
            Err(BuildError::Limit { field: "type", limit: "user_id, login_name or openid" })
        }
    }
}

pub(crate) fn description<'a>(account: &Account, text: &'a str) -> Result<&'a str, BuildError> {
    let fits =
        (1..=MAX_DESC).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let limit = "1 to 1000 characters, none of them a control character";
    if !fits {
        return Err(BuildError::Limit { field: "description", limit });
    }
    account.charset.takes("description", text)
}

pub(crate) fn parse(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    if let Kind::Return { .. } = split.kind {
        return return_split::parse(account, split, call, response);
    }
    let answer = Answer::open(account, wire::Api::Settle.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_split(split.kind));
    }
    let settled: Settled = answer.read()?;
    let channel_split_no = settled.settle_no.filter(|it| is_trade_no(it));
    // What became of the shares, only a question tells; a finish is done with its answer.
    Ok(fact(match split.kind {
        Kind::Finish => Fact::Progress { channel_split_no, done: true, lines: vec![] },
        Kind::Share { .. } | Kind::Return { .. } => Fact::Accepted { channel_split_no },
    }))
}

pub(crate) fn fact(fact: Fact) -> Outcome {
    Outcome::Split(SplitOutcome::Fact(fact))
}

#[cfg(test)]
mod tests;
