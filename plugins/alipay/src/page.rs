//! `alipay.trade.page.pay`: the payer's browser goes to Alipay; no call is made.

use paymux_channel::{BuildError, Call, Outcome, Pay, Step};
use serde::Serialize;

use crate::order::A_MINUTE;
use crate::settings::Account;
use crate::wire::Api;

const PRODUCT: &str = "FAST_INSTANT_TRADE_PAY";

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = account.order(pay, PRODUCT, A_MINUTE, call)?;
    visit(account, Api::PagePay, call, &order)
}

/// Both pages of Alipay are reached in the way the account has chosen.
pub(crate) fn visit(
    account: &Account,
    api: Api,
    call: &Call,
    biz: &impl Serialize,
) -> Result<Step, BuildError> {
    let addresses = [("notify_url", &*call.notify_url), ("return_url", &*call.return_url)];
    let action = account.visit(api, call, &addresses, biz)?;
    Ok(Step::Done(Outcome::Accepted(action)))
}

#[cfg(test)]
pub(crate) mod tests;
