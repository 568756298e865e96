//! `POST /v3/pay/transactions/app`: an order that the merchant's own app opens the wallet with.

use std::collections::BTreeMap;

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::{Action, Method};

use crate::answer::{Answer, UNEXPECTED};
use crate::order::Order;
use crate::prepaid::Prepaid;
use crate::settings::Account;

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    if account.open_app_id.is_none() {
        return Err(BuildError::Unsupported);
    }
    let path = format!("{}/app", account.orders());
    account.post(&path, call, &Order::new(account, pay, call)?)
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_pay()),
    };
    let prepaid = Prepaid::read(&said, call)?;
    package(account, prepaid).map(|it| Outcome::Accepted(Action::Invoke(it)))
}

/// Here the bare `prepay_id` is signed. The partner is whoever signs, a service provider included.
fn package(account: &Account, prepaid: Prepaid) -> Result<BTreeMap<String, String>, ParseError> {
    let app = account.opener(Method::App);
    let sign = prepaid.sign(account, app, &prepaid.prepay_id)?;
    let fields = [
        ("appid", app.to_owned()),
        ("partnerid", account.mch_id.clone()),
        ("prepayid", prepaid.prepay_id),
        ("package", "Sign=WXPay".to_owned()),
        ("noncestr", prepaid.nonce),
        ("timestamp", prepaid.timestamp),
        ("sign", sign),
    ];
    Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests;
