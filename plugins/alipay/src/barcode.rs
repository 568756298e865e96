//! `alipay.trade.pay`: charges the payer whose code was scanned; the one request that takes money.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::{Action, AuthCode, Receipt};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::order::{A_MINUTE, Placed, unshared};
use crate::settings::Account;
use crate::time;
use crate::wire::{Api, is_trade_no, yuan};

const PRODUCT: &str = "FACE_TO_FACE_PAYMENT";
/// What codes of the wallet begin with, and how long they are.
pub(crate) const PREFIXES: &[&str] = &["25", "26", "27", "28", "29", "30", FACE];
const DIGITS: std::ops::RangeInclusive<usize> = 16..=24;
/// What a camera made of the payer's face: `fp` and 33 more.
const FACE: &str = "fp";
const FACE_LENGTH: usize = 35;

#[derive(Serialize)]
struct Charge<'a> {
    #[serde(flatten)]
    order: Placed<'a>,
    scene: &'static str,
    auth_code: &'a str,
}

#[derive(Deserialize)]
struct Charged {
    trade_no: Option<String>,
    total_amount: Option<String>,
    gmt_payment: Option<String>,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    unshared(pay)?;
    let order = account.placed(pay, PRODUCT, A_MINUTE, call)?;
    let (scene, auth_code) = auth_code(pay.payer.auth_code.as_ref())?;
    let biz = Charge { order, scene, auth_code };
    account.post(Api::Pay, call, &[("notify_url", &call.notify_url)], &biz)
}

fn auth_code(code: Option<&AuthCode>) -> Result<(&'static str, &str), BuildError> {
    let limit = "16 to 24 digits that begin with 25 to 30, or fp and 33 letters and digits";
    let known = code.and_then(|it| Some((scene(it.expose())?, it.expose())));
    known.ok_or(BuildError::Limit { field: "payer.auth_code", limit })
}

fn scene(code: &str) -> Option<&'static str> {
    let known = PREFIXES.iter().any(|it| code.starts_with(it));
    let digits = DIGITS.contains(&code.len()) && code.bytes().all(|it| it.is_ascii_digit());
    let face = code.starts_with(FACE)
        && code.len() == FACE_LENGTH
        && code.bytes().all(|it| it.is_ascii_alphanumeric());
    match (known && digits, face) {
        (true, _) => Some("bar_code"),
        (false, true) => Some("security_code"),
        (false, false) => None,
    }
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Pay, pay.attempt, call, response)?;
    if answer.is_waiting() {
        return Ok(Outcome::Accepted(Action::Confirm));
    }
    match answer.failure() {
        Some(failure) => Ok(failure.of_charge()),
        None => answer.read::<Charged>()?.paid(),
    }
}

impl Charged {
    /// `total_amount` is the order's; what the seller got may be less by coupons.
    fn paid(self) -> Result<Outcome, ParseError> {
        let amount = self.total_amount.as_deref().map(yuan);
        let amount = amount.and_then(Result::ok).ok_or(ParseError::Malformed("total_amount"))?;
        let trade_no = self.trade_no.filter(|it| is_trade_no(it));
        let Some(text) = self.gmt_payment.filter(|it| !it.is_empty()) else {
            // Without a time it was taken and is not settled; a query will tell.
            return Ok(Outcome::Accepted(Action::Confirm));
        };
        let paid_at = time::read(&text).ok_or(ParseError::Malformed("gmt_payment"))?;
        let channel_trade_no = trade_no.ok_or(ParseError::Malformed("trade_no"))?;
        Ok(Outcome::Paid(Receipt { amount, channel_trade_no, paid_at }))
    }
}

#[cfg(test)]
mod tests;
