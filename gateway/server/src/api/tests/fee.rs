//! What the rig's shop pays.

use paymux_core::Currency;
use paymux_core::fee::{OnRefund, Rule, Terms};
use paymux_core::payment::Method;

/// 0.6 % of what is paid on a page.
pub(super) fn of_pages() -> Rule {
    let terms = Terms { rate_bp: 60, min: 0, max: None, on_refund: OnRefund::Returned };
    Rule { account: None, method: Some(Method::Page), currency: Currency::Cny, terms }
}
