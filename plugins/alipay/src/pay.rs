//! `alipay.trade.precreate`: an order as a code to scan; and what any order must satisfy.

use std::net::IpAddr;
use std::time::Duration;

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Action;
use paymux_core::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::time;
use crate::wire::Api;

/// 100,000,000 yuan, the most of one order.
const MAX_FEN: i64 = 10_000_000_000;
/// Characters of `subject`.
const MAX_SUBJECT: usize = 256;
/// Characters Alipay forbids in `subject`; the last two would also blur what is signed.
const FORBIDDEN: [char; 3] = ['/', '=', '&'];
const SHORTEST_LIFE: Duration = Duration::from_secs(60);
const LONGEST_LIFE: Duration = Duration::from_secs(15 * 24 * 3600);
/// Longest `qr_code`.
const MAX_CODE: usize = 1024;

/// What both kinds of order say. The same for every repeat, whatever the time.
#[derive(Serialize)]
pub(crate) struct Order<'a> {
    out_trade_no: String,
    product_code: &'a str,
    total_amount: String,
    subject: &'a str,
    /// Absolute, so that a repeat does not live longer than the first.
    time_expire: String,
}

#[derive(Serialize)]
struct Precreate<'a> {
    #[serde(flatten)]
    order: Order<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_params: Option<BusinessParams<'a>>,
}

#[derive(Serialize)]
struct BusinessParams<'a> {
    /// Some merchants' orders are refused without it.
    mc_create_trade_ip: &'a str,
}

#[derive(Deserialize)]
struct Precreated {
    qr_code: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = order(pay, &account.qr_product, call)?;
    let business_params = pay.payer.client_ip.as_deref().map(business_params).transpose()?;
    let biz = Precreate { order, business_params };
    account.post(Api::Precreate, call, &[("notify_url", &call.notify_url)], &biz)
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::verify(&account.alipay_key, Api::Precreate, pay.attempt, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_pay());
    }
    let Precreated { qr_code } = answer.read()?;
    let fits =
        (1..=MAX_CODE).contains(&qr_code.len()) && qr_code.bytes().all(|it| it.is_ascii_graphic());
    if fits {
        Ok(Outcome::Accepted(Action::QrCode(qr_code)))
    } else {
        Err(ParseError::Malformed("its code cannot be shown"))
    }
}

pub(crate) fn order<'a>(
    pay: &'a Pay,
    product_code: &'a str,
    call: &Call,
) -> Result<Order<'a>, BuildError> {
    Ok(Order {
        out_trade_no: pay.attempt.to_string(),
        product_code,
        total_amount: amount(pay.amount)?,
        subject: subject(&pay.subject)?,
        time_expire: expiry(pay, call)?,
    })
}

pub(crate) fn amount(amount: Money) -> Result<String, BuildError> {
    if amount.currency() != Currency::Cny {
        return Err(BuildError::Unfit("currency"));
    }
    let fits = (1..=MAX_FEN).contains(&amount.minor());
    fits.then(|| amount.to_decimal()).ok_or(BuildError::Unfit("amount"))
}

fn subject(text: &str) -> Result<&str, BuildError> {
    let forbidden = |it: char| it.is_control() || FORBIDDEN.contains(&it);
    let fits =
        !text.trim().is_empty() && text.chars().count() <= MAX_SUBJECT && !text.contains(forbidden);
    fits.then_some(text).ok_or(BuildError::Unfit("subject"))
}

/// Rounded down, so that Alipay never waits longer than we do.
fn expiry(pay: &Pay, call: &Call) -> Result<String, BuildError> {
    let life = pay.expires_at.since(call.now);
    if life < SHORTEST_LIFE || life > LONGEST_LIFE {
        return Err(BuildError::Unfit("expiry"));
    }
    time::write(pay.expires_at).ok_or(BuildError::Unfit("expiry"))
}

fn business_params(client_ip: &str) -> Result<BusinessParams<'_>, BuildError> {
    client_ip.parse::<IpAddr>().map_err(|_| BuildError::Unfit("client IP"))?;
    Ok(BusinessParams { mc_create_trade_ip: client_ip })
}

#[cfg(test)]
mod tests;
