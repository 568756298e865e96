//! `alipay.trade.wap.pay`: a page for the phone's browser, which opens the wallet.

use paymux_channel::{BuildError, Call, Pay, Step};
use serde::Serialize;

use crate::order::{FIVE_MINUTES, Order};
use crate::page::visit;
use crate::settings::Account;
use crate::wire::Api;

const PRODUCT: &str = "QUICK_WAP_WAY";

#[derive(Serialize)]
struct Wap<'a> {
    #[serde(flatten)]
    order: Order<'a>,
    /// Where the payer lands who gives up.
    #[serde(skip_serializing_if = "Option::is_none")]
    quit_url: Option<&'a str>,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = account.order(pay, PRODUCT, FIVE_MINUTES, call)?;
    visit(account, Api::WapPay, call, &Wap { order, quit_url: account.quit_url.as_deref() })
}

#[cfg(test)]
mod tests;
