//! Of what takes no money: questions, closing, undoing, names.

use super::Meaning::{Absent, Query, Refused, Retry, TooLate};
use super::{Row, SEEN, SPEC, Table};

/// `alipay.trade.query`.
pub(super) const QUERY: Table = &[&[
    Row("TRADE_NOT_EXIST", Absent, SEEN),
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("ENTERPRISE_PAY_BIZ_ERROR", Retry, SPEC),
]];

/// `alipay.trade.fastpay.refund.query`.
pub(super) const REFUND_QUERY: Table = &[&[
    Row("TRADE_NOT_EXIST", Absent, SPEC),
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
]];

/// `alipay.trade.close`: "no such trade" is not "closed", since a code may still be scanned.
pub(super) const CLOSE: Table = &[&[
    Row("TRADE_NOT_EXIST", Absent, SPEC),
    Row("TRADE_STATUS_ERROR", TooLate, SPEC),
    Row("REASON_TRADE_STATUS_INVALID", TooLate, SPEC),
    Row("REASON_ILLEGAL_STATUS", TooLate, SPEC),
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
]];

/// `alipay.trade.cancel`: nothing but its success undoes a charge.
pub(super) const CANCEL: Table = &[&[
    Row("TRADE_NOT_EXIST", Absent, SPEC),
    Row("TRADE_HAS_FINISHED", TooLate, SPEC),
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("SELLER_BALANCE_NOT_ENOUGH", Retry, SPEC),
    // Paid, and for a refund alone.
    Row("TRADE_CANCEL_TIME_OUT", TooLate, SPEC),
    Row("CANCEL_NOT_ALLOWED", TooLate, SPEC),
    Row("REASON_TRADE_REFUND_FEE_ERR", Query, SPEC),
    Row("REASON_TRADE_BEEN_FREEZEN", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
]];

/// `alipay.system.oauth.token`, whose codes are the gateway's own.
pub(super) const IDENTIFY: Table = &[&[
    Row("isv.code-invalid", Refused, SEEN),
    Row("isv.grant-type-invalid", Refused, SPEC),
    Row("isv.refresh-token-invalid", Refused, SPEC),
    Row("isv.refresh-token-time-out", Refused, SPEC),
    Row("isv.unmatched-app-id", Refused, SPEC),
    Row("isp.unknow-error", Retry, SPEC),
]];

/// The bill service, whose codes come with a prefix or without. The first three are also said of a
/// bill that is not made yet.
pub(super) const BILL: Table = &[&[
    Row("NO_BILL_DATA", Absent, SPEC),
    Row("BILL_NOT_EXIST", Absent, SPEC),
    Row("isp.bill_not_exist", Absent, SEEN),
    Row("INVAILID_ARGUMENTS", Refused, SPEC),
    Row("invalid_arguments", Refused, SEEN),
    Row("TYPE_NOT_SUPPORTED", Refused, SPEC),
    Row("BILL_DATE_BEFORE_REGISTRATION", Refused, SPEC),
    Row("UNKNOWN_ERROR", Retry, SPEC),
    Row("SYSTEM_RATE_LIMIT", Retry, SPEC),
    Row("USER_RATE_LIMIT", Retry, SPEC),
]];
