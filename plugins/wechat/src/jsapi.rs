//! `POST /v3/pay/transactions/jsapi`: an order that a page inside the wallet, or a mini program,
//! opens with a signed package.

use std::collections::BTreeMap;

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::{Action, Method};

use crate::answer::{Answer, UNEXPECTED};
use crate::order::{Order, Payer};
use crate::prepaid::Prepaid;
use crate::settings::Account;

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    if pay.method == Method::MiniProgram && account.mini_app_id.is_none() {
        return Err(BuildError::Unsupported);
    }
    let mut order = Order::new(account, pay, call)?;
    order.payer = Some(Payer::of(account, pay.payer.openid.as_deref())?);
    account.post(&format!("{}/jsapi", account.orders()), call, &order)
}

pub(crate) fn parse(
    account: &Account,
    method: Method,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_pay()),
    };
    let prepaid = Prepaid::read(&said, call)?;
    package(account, method, prepaid).map(|it| Outcome::Accepted(Action::Invoke(it)))
}

/// For `WeixinJSBridge` and, without its `appId`, for `wx.requestPayment`.
fn package(
    account: &Account,
    method: Method,
    prepaid: Prepaid,
) -> Result<BTreeMap<String, String>, ParseError> {
    let (app, package) = (account.opener(method), format!("prepay_id={}", prepaid.prepay_id));
    let sign = prepaid.sign(account, app, &package)?;
    let fields = [
        ("appId", app.to_owned()),
        ("timeStamp", prepaid.timestamp),
        ("nonceStr", prepaid.nonce),
        ("package", package),
        ("signType", "RSA".to_owned()),
        ("paySign", sign),
    ];
    Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests;
