//! Of `alipay.trade.precreate` and `alipay.trade.create`: an order that nobody has paid yet.

use super::Meaning::{Payer, Query, Refused, Retry};
use super::placing::PLACING;
use super::{Row, SPEC, Table};

pub(crate) const PRECREATE: Table = &[PLACING, ORDER, CODE];
pub(crate) const CREATE: Table = &[PLACING, ORDER, INSIDE];

pub(super) const ORDER: &[Row] =
    &[Row("SYSTEM_ERROR", Retry, SPEC), Row("TRADE_SETTLE_ERROR", Refused, SPEC)];

/// A number has one code, and the first answer showed it.
pub(super) const CODE: &[Row] = &[Row("APPLY_PC_MERCHANT_CODE_ERROR", Query, SPEC)];

pub(super) const INSIDE: &[Row] = &[
    Row("OPEN_ID_NOT_TINY_APP", Refused, SPEC),
    Row("UNBOUND_APPLICATION", Refused, SPEC),
    Row("PRODUCT_NOT_SUPPORT_IN_TINY_APP", Refused, SPEC),
    Row("PAYER_UNMATCHED", Payer, SPEC),
];
