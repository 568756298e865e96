//! `alipay.trade.create`: an order for a payer inside the wallet, in a page or a mini program.

use std::collections::BTreeMap;

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Action;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::codes;
use crate::order::{A_MINUTE, Placed};
use crate::settings::Account;
use crate::wire::{Api, is_trade_no};

const PRODUCT: &str = "JSAPI_PAY";
/// Longest `buyer_open_id`.
const MAX_OPEN_ID: usize = 128;

#[derive(Serialize)]
struct Create<'a> {
    #[serde(flatten)]
    order: Placed<'a>,
    op_app_id: &'a str,
    #[serde(flatten)]
    buyer: Buyer<'a>,
}

/// Older applications know the payer by number, newer ones by a name of their own for them.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Buyer<'a> {
    BuyerId(&'a str),
    BuyerOpenId(&'a str),
}

#[derive(Deserialize)]
struct Created {
    trade_no: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let biz = Create {
        order: account.placed(pay, PRODUCT, A_MINUTE, call)?,
        op_app_id: &account.op_app_id,
        buyer: buyer(pay.payer.openid.as_deref())?,
    };
    account.post(Api::Create, call, &[("notify_url", &call.notify_url)], &biz)
}

fn buyer(openid: Option<&str>) -> Result<Buyer<'_>, BuildError> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    let fits = |it: &&str| (1..=MAX_OPEN_ID).contains(&it.len()) && it.bytes().all(plain);
    let limit = "1 to 128 letters, digits, - and _: an open_id, or a user_id such as 2088…";
    let openid = openid.filter(fits).ok_or(BuildError::Limit { field: "payer.openid", limit })?;
    Ok(if is_user_id(openid) { Buyer::BuyerId(openid) } else { Buyer::BuyerOpenId(openid) })
}

fn is_user_id(text: &str) -> bool {
    text.len() == 16 && text.starts_with("2088") && text.bytes().all(|it| it.is_ascii_digit())
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Create, pay.attempt, call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_order(codes::CREATE));
    }
    let Created { trade_no } = answer.read()?;
    if !is_trade_no(&trade_no) {
        return Err(ParseError::Malformed("trade_no"));
    }
    let call = BTreeMap::from([("tradeNO".to_owned(), trade_no)]);
    Ok(Outcome::Accepted(Action::Invoke(call)))
}

#[cfg(test)]
mod tests;
