//! `POST /v3/profitsharing/orders`: shares of an order, once per `out_order_no`; and where a split
//! is a finish or a return, what is asked instead.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, SplitCall, Step};
use paymux_core::split::{Kind, Line, ReceiverKind};
use serde::Serialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::{fen, is_takable};
use crate::settings::Account;
use crate::shared;

pub(crate) const PATH: &str = "/v3/profitsharing/orders";
/// The last is of the application of a sub-merchant.
pub(crate) const RECEIVERS: &[ReceiverKind] =
    &[ReceiverKind::Merchant, ReceiverKind::OpenId, ReceiverKind::SubOpenId];

/// Characters of `description`.
const MAX_DESCRIPTION: usize = 80;

#[derive(Serialize)]
struct Shares<'a> {
    appid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a str>,
    transaction_id: &'a str,
    out_order_no: String,
    receivers: Vec<Share<'a>>,
    unfreeze_unsplit: bool,
}

#[derive(Serialize)]
struct Share<'a> {
    r#type: &'static str,
    account: &'a str,
    amount: i64,
    description: &'a str,
}

#[derive(Serialize)]
struct Finish<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    transaction_id: &'a str,
    out_order_no: String,
    description: &'a str,
}

#[derive(Serialize)]
struct Back<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    /// Of the split whose share comes back.
    out_order_no: String,
    out_return_no: String,
    return_mchid: &'a str,
    amount: i64,
    description: &'a str,
}

pub(crate) fn build(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    if account.capabilities.splits.is_none() {
        return Err(BuildError::Unsupported);
    }
    let description = description(&split.description)?;
    let sub_mchid = account.sub.as_ref().map(|it| &*it.mch_id);
    let (transaction_id, number) = (&*split.channel_trade_no, split.out_order_no());
    match split.kind {
        Kind::Share { finish } => {
            let body = Shares {
                appid: &account.app_id,
                sub_mchid,
                sub_appid: account.sub.as_ref().and_then(|it| it.app_id.as_deref()),
                transaction_id,
                out_order_no: number,
                receivers: shares(account, &split.lines, description)?,
                unfreeze_unsplit: finish,
            };
            account.post(PATH, call, &body)
        }
        Kind::Finish => {
            let body = Finish { sub_mchid, transaction_id, out_order_no: number, description };
            account.post(&format!("{PATH}/unfreeze"), call, &body)
        }
        Kind::Return { of, .. } => {
            let (return_mchid, amount) = giver(&split.lines)?;
            let (out_order_no, out_return_no) = (of.out_order_no(), number);
            let body =
                Back { sub_mchid, out_order_no, out_return_no, return_mchid, amount, description };
            account.post(shared::RETURNS, call, &body)
        }
    }
}

fn shares<'a>(
    account: &Account,
    lines: &'a [Line],
    description: &'a str,
) -> Result<Vec<Share<'a>>, BuildError> {
    let share = |it: &'a Line| {
        Ok(Share {
            r#type: kind(account, it.receiver.kind)?,
            account: &it.receiver.account,
            amount: fen(it.amount)?,
            description,
        })
    };
    lines.iter().map(share).collect()
}

pub(crate) fn kind(account: &Account, kind: ReceiverKind) -> Result<&'static str, BuildError> {
    match kind {
        ReceiverKind::Merchant => Ok("MERCHANT_ID"),
        ReceiverKind::OpenId => Ok("PERSONAL_OPENID"),
        ReceiverKind::SubOpenId if account.sub.is_some() => Ok("PERSONAL_SUB_OPENID"),
        ReceiverKind::SubOpenId | ReceiverKind::UserId | ReceiverKind::LoginName => {
            let limit = "merchant or openid, and sub_openid of a sub-merchant's application";
            Err(BuildError::Limit { field: "type", limit })
        }
    }
}

/// Only merchants give back what they have.
pub(crate) fn giver(lines: &[Line]) -> Result<(&str, i64), BuildError> {
    let limit = "a merchant's: nobody else gives a share back";
    let unfit = BuildError::Limit { field: "receiver_no", limit };
    let line = lines.iter().find(|it| it.receiver.kind == ReceiverKind::Merchant).ok_or(unfit)?;
    Ok((&line.receiver.account, fen(line.amount)?))
}

pub(crate) fn description(text: &str) -> Result<&str, BuildError> {
    let fits = (1..=MAX_DESCRIPTION).contains(&text.chars().count());
    let limit = "1 to 80 characters of at most three bytes, without control characters";
    let fits = fits && text.chars().all(is_takable);
    fits.then_some(text).ok_or(BuildError::Limit { field: "description", limit })
}

pub(crate) fn parse(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => shared::outcome(account, &said, split, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_split()),
    }
}

#[cfg(test)]
mod tests;
