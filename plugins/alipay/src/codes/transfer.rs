//! Of `alipay.fund.trans.uni.transfer`: refused is what, under its number, paid nobody.

use super::Meaning::{Absent, Query, Refused, Retry};
use super::{Row, SPEC, Table};

/// Codes that begin so are limits and permissions, of which there are dozens.
pub(super) const FAMILIES: [&str; 2] = ["EXCEED_LIMIT_", "PERMIT_"];

pub(super) const TABLE: Table = &[&[
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("REQUEST_PROCESSING", Query, SPEC),
    Row("TRANS_ORDER_DEALING", Query, SPEC),
    Row("BANK_RESPONSE_ERROR", Query, SPEC),
    // The number did pay, or may yet, with other parameters.
    Row("PAYMENT_INFO_INCONSISTENCY", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("PAYEE_NOT_EXIST", Refused, SPEC),
    Row("PAYEE_USERINFO_ERROR", Refused, SPEC),
    Row("PAYER_BALANCE_NOT_ENOUGH", Refused, SPEC),
    Row("BALANCE_IS_NOT_ENOUGH", Refused, SPEC),
    Row("NO_ACCOUNT_RECEIVE_PERMISSION", Refused, SPEC),
    Row("SECURITY_CHECK_FAILED", Refused, SPEC),
    Row("PRODUCT_NOT_SIGN", Refused, SPEC),
    Row("CARD_BIN_ERROR", Refused, SPEC),
    Row("INVALID_CARDNO", Refused, SPEC),
]];

/// `alipay.fund.trans.common.query`.
pub(super) const QUERY: Table = &[&[
    Row("ORDER_NOT_EXIST", Absent, SPEC),
    Row("NO_ORDER_PERMISSION", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("SYSTEM_ERROR", Retry, SPEC),
]];
