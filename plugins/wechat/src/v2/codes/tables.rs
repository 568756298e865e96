//! The codes, call by call. Sources: the tables of the pages `doc/v2/merchant/…` named at each,
//! and `doc/v2/merchant/4011939840` for "an unknown code is queried, never given a new number".

use super::Says::{Absent, Act, Closed, Confirming, Query, Refused, Retry, TooLate};
use super::Table;

/// What the unsigned sentences of `return_msg` are called where codes are shown. They decide
/// nothing; "too often" slows us down.
pub(super) const SENTENCES: [(&str, &str); 3] = [
    ("频率限制", "FREQUENCY_LIMITED"),
    ("签名错误", "SIGNERROR"),
    ("参数格式校验错误", "PARAM_ERROR"),
];

/// `/pay/unifiedorder` (4011936530). Placing an order charges nobody.
///
/// An order of this number may exist, with other parameters, after `OUT_TRADE_NO_USED` and
/// `INVALID_REQUEST`, and did exist after `ORDERCLOSED`.
pub(crate) const ORDER: Table = &[
    ("ORDERPAID", TooLate),
    ("APPID_NOT_EXIST", Refused),
    ("MCHID_NOT_EXIST", Refused),
    ("APPID_MCHID_NOT_MATCH", Refused),
    ("NOAUTH", Refused),
    ("NO_AUTH", Refused),
    ("LACK_PARAMS", Refused),
    ("PARAM_ERROR", Refused),
    ("SIGNERROR", Refused),
    ("XML_FORMAT_ERROR", Refused),
    ("POST_DATA_EMPTY", Refused),
    ("REQUIRE_POST_METHOD", Refused),
    ("NOT_UTF8", Refused),
    ("SYSTEMERROR", Retry),
    ("FREQUENCY_LIMITED", Retry),
    ("OUT_TRADE_NO_USED", Query),
    ("INVALID_REQUEST", Query),
    ("ORDERCLOSED", Query),
    ("NOTENOUGH", Act),
];

/// `/pay/micropay` (4011937125). What is no definite refusal may have charged the payer.
pub(crate) const CHARGE: Table = &[
    ("USERPAYING", Confirming),
    ("ORDERPAID", TooLate),
    // The payer shows a new code, and that is a new order.
    ("AUTHCODEEXPIRE", Refused),
    ("AUTH_CODE_ERROR", Refused),
    ("AUTH_CODE_INVALID", Refused),
    // The payer pays otherwise.
    ("NOTENOUGH", Refused),
    ("NOTSUPORTCARD", Refused),
    ("BUYER_MISMATCH", Refused),
    ("RULELIMIT", Refused),
    ("USER_ACCOUNT_ABNORMAL", Refused),
    ("APPID_NOT_EXIST", Refused),
    ("MCHID_NOT_EXIST", Refused),
    ("APPID_MCHID_NOT_MATCH", Refused),
    ("NOAUTH", Refused),
    ("NO_AUTH", Refused),
    ("LACK_PARAMS", Refused),
    ("PARAM_ERROR", Refused),
    ("SIGNERROR", Refused),
    ("XML_FORMAT_ERROR", Refused),
    ("POST_DATA_EMPTY", Refused),
    ("REQUIRE_POST_METHOD", Refused),
    ("NOT_UTF8", Refused),
    ("SYSTEMERROR", Query),
    ("BANKERROR", Query),
    ("TRADE_ERROR", Query),
    ("OUT_TRADE_NO_USED", Query),
    ("INVALID_REQUEST", Query),
    ("ORDERCLOSED", Query),
    ("ORDERREVERSED", Query),
    ("FREQUENCY_LIMITED", Query),
];

/// `/pay/orderquery` (4011937320).
pub(crate) const QUERY: Table =
    &[("ORDERNOTEXIST", Absent), ("SYSTEMERROR", Retry), ("FREQUENCY_LIMITED", Retry)];

/// `/pay/closeorder` (4011936618). An order younger than five minutes cannot be closed; whatever is
/// said of it then is none of the two that mean "closed".
pub(crate) const CLOSE: Table = &[
    ("ORDERCLOSED", Closed),
    ("ORDERPAID", TooLate),
    ("TRADE_STATE_ERROR", TooLate),
    ("ORDERNOTEXIST", Absent),
    ("SYSTEMERROR", Retry),
    ("FREQUENCY_LIMITED", Retry),
];

/// `/secapi/pay/reverse` (4011937361; its list is not known to be whole). No failure is definite.
pub(crate) const REVERSE: Table = &[
    ("SYSTEMERROR", Retry),
    ("USERPAYING", Retry),
    ("FREQUENCY_LIMITED", Retry),
    ("TRADE_ERROR", Query),
    ("ORDERCLOSED", Query),
    ("ORDERNOTEXIST", Query),
    ("INVALID_TRANSACTIONID", Query),
    // After seven days money goes back by a refund alone.
    ("REVERSE_EXPIRE", TooLate),
];

/// `/secapi/pay/refund` (4011937624). Always the same number again: another one refunds twice.
///
/// `ORDERNOTEXIST` may be said of an order too young to be found; `ERROR` leaves its reason to a
/// sentence; `NOAUTH` and its like are said at the gate, of this request and not of the one before.
pub(crate) const REFUND: Table = &[
    ("TRADE_OVERDUE", Refused),
    ("USER_ACCOUNT_ABNORMAL", Refused),
    ("PARAM_ERROR", Refused),
    ("SYSTEMERROR", Retry),
    ("BIZERR_NEED_RETRY", Retry),
    ("FREQUENCY_LIMITED", Retry),
    ("INVALID_REQ_TOO_MUCH", Retry),
    ("ORDERNOTEXIST", Query),
    ("INVALID_TRANSACTIONID", Query),
    ("INVALID_REQUEST", Query),
    ("ERROR", Act),
    // The merchant's account is to be filled.
    ("NOTENOUGH", Act),
    ("NOAUTH", Act),
    ("CA_ERROR", Act),
    ("SIGNERROR", Act),
    ("APPID_NOT_EXIST", Act),
    ("MCHID_NOT_EXIST", Act),
    ("APPID_MCHID_NOT_MATCH", Act),
];

/// `/pay/refundquery` (4011939577).
pub(crate) const QUERY_REFUND: Table = &[
    ("REFUNDNOTEXIST", Absent),
    ("ORDERNOTEXIST", Query),
    ("SYSTEMERROR", Retry),
    ("FREQUENCY_LIMITED", Retry),
];

/// `/tools/authcodetoopenid` (4011940944).
pub(crate) const IDENTIFY: Table = &[
    ("AUTHCODEEXPIRE", Refused),
    ("AUTH_CODE_ERROR", Refused),
    ("AUTH_CODE_INVALID", Refused),
    ("SYSTEMERROR", Retry),
];
