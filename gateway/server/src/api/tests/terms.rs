//! What the first shop pays, and what it may pay out.

use paymux_core::Currency;
use paymux_core::fee::{OnRefund, Rule, Terms};
use paymux_core::payment::Method;
use paymux_engine::snapshot::TransferTerms;

pub(super) const PAYS_OUT: TransferTerms = TransferTerms {
    daily_amount: Some(100_000),
    account_daily_amount: None,
    approve_above: Some(50_000),
};

/// 0.6 % of what is paid on a page.
pub(super) fn fee() -> Rule {
    let terms = Terms { rate_bp: 60, min: 0, max: None, on_refund: OnRefund::Returned };
    Rule { account: None, method: Some(Method::Page), currency: Currency::Cny, terms }
}
