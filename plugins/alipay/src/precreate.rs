//! `alipay.trade.precreate`: an order as a code to scan, of 当面付 or of 订单码.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Action;
use serde::Deserialize;

use crate::answer::Answer;
use crate::codes;
use crate::order::{OF_A_CODE, unshared};
use crate::settings::Account;
use crate::wire::Api;

/// Longest `qr_code`.
const MAX_CODE: usize = 1024;

#[derive(Deserialize)]
struct Precreated {
    qr_code: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    unshared(pay)?;
    let biz = account.placed(pay, account.qr_product, OF_A_CODE, call)?;
    account.post(Api::Precreate, call, &[("notify_url", &call.notify_url)], &biz)
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::about(account, Api::Precreate, pay.attempt, call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_order(codes::PRECREATE));
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

#[cfg(test)]
mod tests;
