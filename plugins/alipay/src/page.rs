//! `alipay.trade.page.pay`: a signed address for the payer's browser; no call is made.

use paymux_channel::{BuildError, Call, Outcome, Pay, Step};
use paymux_core::payment::Action;

use crate::pay::order;
use crate::settings::Account;
use crate::wire::Api;

const PRODUCT: &str = "FAST_INSTANT_TRADE_PAY";

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = order(pay, PRODUCT, call)?;
    let addresses = [("notify_url", &*call.notify_url), ("return_url", &*call.return_url)];
    let address = account.address(Api::PagePay, call, &addresses, &order)?;
    Ok(Step::Done(Outcome::Accepted(Action::Redirect(address))))
}
