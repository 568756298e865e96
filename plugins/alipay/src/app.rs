//! `alipay.trade.app.pay`: a signed text that an app hands to Alipay's SDK; no call is made.

use std::collections::BTreeMap;

use paymux_channel::{BuildError, Call, Outcome, Pay, Step};
use paymux_core::payment::Action;

use crate::order::FIVE_MINUTES;
use crate::settings::Account;
use crate::wire::Api;

const PRODUCT: &str = "QUICK_MSECURITY_PAY";

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = account.order(pay, PRODUCT, FIVE_MINUTES, call)?;
    let addresses = [("notify_url", &*call.notify_url)];
    let text = account.order_string(Api::AppPay, call, &addresses, &order)?;
    let call = BTreeMap::from([("order_string".to_owned(), text)]);
    Ok(Step::Done(Outcome::Accepted(Action::Invoke(call))))
}

#[cfg(test)]
mod tests;
