//! What the documents say of each error code, operation by operation, and where they say it.

/// What a code means for whoever asked. Only the first six decide anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It did not happen, and this request never will make it happen.
    Refused,
    /// The same; the payer has to show another code, under another number.
    NewCode,
    /// It can no longer be paid.
    Closed,
    /// There is no such thing, or not yet.
    Absent,
    /// It was paid, or is over already: only a query can tell.
    TooLate,
    /// The payer types the password.
    Confirm,
    /// The state is unknown: ask.
    Query,
    /// The state is unknown: the same request again, a little later.
    Retry,
    /// Too often: more slowly.
    Slow,
    /// Somebody at the merchant has to act, and then the same request again.
    Person,
}

pub(crate) struct Row {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) act: Act,
    /// The page that says so; numbers are those of pay.weixin.qq.com/doc/v3/merchant.
    #[cfg_attr(not(test), expect(dead_code, reason = "for those who read, and for the tests"))]
    pub(crate) source: &'static str,
}

/// A code under the status it is documented with. Underscores do not count: the documents spell
/// most codes with and without.
pub(crate) type Table = &'static [Row];

pub(super) const fn row(status: u16, code: &'static str, act: Act, source: &'static str) -> Row {
    Row { status, code, act, source }
}

const ORDER: &str = "JSAPI order 4012791897";
const SKILLS: &str = "wechatpay-skills, APIv3 errors";
const CHARGE: &str = "micropay, doc/v2 4011937125, with the status of wechatpay-skills' errors";
const QUERY: &str = "order query 4012791859";
const CLOSE: &str = "close 4012791860";
const REVERSE: &str = "reverse, doc/v2 4011937361";
const REFUND: &str = "refund 4012791862";
const REFUND_QUERY: &str = "refund query 4012791863";
const BILL: &str = "trade bill, fund-flow bill";
const TRANSFER: &str = "transfer bills 4012716434";
const TRANSFER_QUERY: &str = "transfer bill query 4012716437";

/// Orders that wait for their payer.
pub(crate) const PAY: Table = &[
    row(400, "PARAM_ERROR", Act::Refused, ORDER),
    row(400, "APPID_MCHID_NOT_MATCH", Act::Refused, ORDER),
    row(400, "MCH_NOT_EXISTS", Act::Refused, ORDER),
    row(404, "MCH_NOT_EXISTS", Act::Refused, SKILLS),
    row(401, "SIGN_ERROR", Act::Refused, ORDER),
    row(403, "NO_AUTH", Act::Refused, ORDER),
    row(403, "ACCOUNT_ERROR", Act::Refused, SKILLS),
    row(403, "RULE_LIMIT", Act::Refused, SKILLS),
    row(403, "REQUEST_BLOCKED", Act::Refused, SKILLS),
    // An order of this number may exist, with other parameters.
    row(400, "INVALID_REQUEST", Act::Query, ORDER),
    row(403, "OUT_TRADE_NO_USED", Act::Query, ORDER),
    // One did exist.
    row(400, "ORDER_CLOSED", Act::Query, SKILLS),
    row(400, "ORDER_PAID", Act::Query, SKILLS),
    row(400, "ALREADY_EXISTS", Act::Query, SKILLS),
    // It does not say which.
    row(403, "TRADE_ERROR", Act::Query, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, ORDER),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Retry, ORDER),
    row(500, "BANK_ERROR", Act::Retry, SKILLS),
    row(502, "SERVICE_UNAVAILABLE", Act::Retry, SKILLS),
    row(503, "SERVICE_UNAVAILABLE", Act::Retry, SKILLS),
];

/// Charges of a code: what is not named a failure here may have taken the money.
pub(crate) const CHARGE_CODES: Table = &[
    row(202, "USER_PAYING", Act::Confirm, SKILLS),
    row(400, "AUTH_CODE_EXPIRE", Act::NewCode, CHARGE),
    row(403, "AUTH_CODE_EXPIRE", Act::NewCode, CHARGE),
    // APIv3 prints no list: this would be its way to spell the same.
    row(400, "AUTH_CODE_EXPIRED", Act::NewCode, CHARGE),
    row(403, "AUTH_CODE_EXPIRED", Act::NewCode, CHARGE),
    row(400, "AUTH_CODE_ERROR", Act::NewCode, CHARGE),
    row(403, "AUTH_CODE_ERROR", Act::NewCode, CHARGE),
    row(400, "AUTH_CODE_INVALID", Act::NewCode, CHARGE),
    row(403, "AUTH_CODE_INVALID", Act::NewCode, CHARGE),
    row(400, "NOT_ENOUGH", Act::Refused, CHARGE),
    row(403, "NOT_ENOUGH", Act::Refused, CHARGE),
    row(400, "NOT_SUPPORT_CARD", Act::Refused, CHARGE),
    row(403, "NOT_SUPPORT_CARD", Act::Refused, CHARGE),
    row(400, "BUYER_MISMATCH", Act::Refused, CHARGE),
    row(403, "BUYER_MISMATCH", Act::Refused, CHARGE),
    row(403, "RULE_LIMIT", Act::Refused, CHARGE),
    row(403, "USER_ACCOUNT_ABNORMAL", Act::Refused, CHARGE),
    row(400, "APPID_MCHID_NOT_MATCH", Act::Refused, SKILLS),
    row(400, "MCH_NOT_EXISTS", Act::Refused, SKILLS),
    row(404, "MCH_NOT_EXISTS", Act::Refused, SKILLS),
    // Said at the gate, of this request and not of the one before it under the same number.
    row(400, "PARAM_ERROR", Act::Query, SKILLS),
    row(400, "INVALID_REQUEST", Act::Query, SKILLS),
    row(401, "SIGN_ERROR", Act::Query, SKILLS),
    row(403, "NO_AUTH", Act::Query, SKILLS),
    row(403, "OUT_TRADE_NO_USED", Act::Query, SKILLS),
    row(400, "ORDER_PAID", Act::Query, CHARGE),
    row(400, "ORDER_CLOSED", Act::Query, CHARGE),
    row(400, "ORDER_REVERSED", Act::Query, CHARGE),
    row(403, "TRADE_ERROR", Act::Query, CHARGE),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SKILLS),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Query, CHARGE),
    row(500, "BANK_ERROR", Act::Query, CHARGE),
    row(502, "SERVICE_UNAVAILABLE", Act::Query, SKILLS),
    row(503, "SERVICE_UNAVAILABLE", Act::Query, SKILLS),
];

pub(crate) const ORDER_QUERY: Table = &[
    row(404, "ORDER_NOT_EXIST", Act::Absent, QUERY),
    // Also said of a path that does not exist.
    row(404, "RESOURCE_NOT_EXISTS", Act::Retry, SKILLS),
    row(400, "PARAM_ERROR", Act::Person, QUERY),
    row(401, "SIGN_ERROR", Act::Person, QUERY),
    row(403, "NO_AUTH", Act::Person, QUERY),
    row(429, "FREQUENCY_LIMITED", Act::Slow, QUERY),
    row(500, "SYSTEM_ERROR", Act::Retry, QUERY),
];

pub(crate) const CLOSING: Table = &[
    row(400, "ORDER_CLOSED", Act::Closed, CLOSE),
    row(404, "ORDER_NOT_EXIST", Act::Absent, CLOSE),
    row(400, "ORDER_PAID", Act::TooLate, CLOSE),
    row(403, "ORDER_PAID", Act::TooLate, SKILLS),
    row(403, "TRADE_ERROR", Act::TooLate, SKILLS),
    row(400, "TRADE_STATE_ERROR", Act::TooLate, SKILLS),
    row(400, "INVALID_REQUEST", Act::TooLate, CLOSE),
    row(202, "USER_PAYING", Act::Query, SKILLS),
    row(400, "PARAM_ERROR", Act::Person, CLOSE),
    row(401, "SIGN_ERROR", Act::Person, CLOSE),
    row(403, "NO_AUTH", Act::Person, CLOSE),
    row(429, "FREQUENCY_LIMITED", Act::Slow, CLOSE),
    row(500, "SYSTEM_ERROR", Act::Retry, CLOSE),
];

/// Until one of them says so, a reversed charge may still be money.
pub(crate) const REVERSING: Table = &[
    row(400, "ORDER_CLOSED", Act::Closed, REVERSE),
    row(400, "ORDER_REVERSED", Act::Closed, REVERSE),
    row(404, "ORDER_NOT_EXIST", Act::Absent, SKILLS),
    row(202, "USER_PAYING", Act::Retry, SKILLS),
    // After seven days money goes back by a refund alone.
    row(400, "REVERSE_EXPIRE", Act::TooLate, REVERSE),
    row(400, "PARAM_ERROR", Act::Person, SKILLS),
    row(400, "INVALID_REQUEST", Act::Person, SKILLS),
    row(401, "SIGN_ERROR", Act::Person, SKILLS),
    row(403, "NO_AUTH", Act::Person, SKILLS),
    row(403, "TRADE_ERROR", Act::Retry, REVERSE),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Retry, REVERSE),
];

pub(crate) const REFUNDING: Table = &[
    row(400, "PARAM_ERROR", Act::Refused, REFUND),
    row(403, "USER_ACCOUNT_ABNORMAL", Act::Refused, REFUND),
    // After a top-up, under the same number.
    row(403, "NOT_ENOUGH", Act::Person, REFUND),
    // Also said of a number that did refund, another amount.
    row(400, "INVALID_REQUEST", Act::Query, REFUND),
    // The order may be too young to be found.
    row(404, "RESOURCE_NOT_EXISTS", Act::Retry, REFUND),
    // Said at the gate, of this request and not of the one before it.
    row(401, "SIGN_ERROR", Act::Person, REFUND),
    row(403, "NO_AUTH", Act::Person, REFUND),
    row(400, "MCH_NOT_EXISTS", Act::Person, SKILLS),
    row(404, "MCH_NOT_EXISTS", Act::Person, REFUND),
    row(403, "REQUEST_BLOCKED", Act::Person, SKILLS),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, REFUND),
    row(500, "SYSTEM_ERROR", Act::Retry, REFUND),
];

pub(crate) const REFUND_QUERYING: Table = &[
    row(404, "RESOURCE_NOT_EXISTS", Act::Absent, REFUND_QUERY),
    row(400, "PARAM_ERROR", Act::Person, REFUND_QUERY),
    row(401, "SIGN_ERROR", Act::Person, REFUND_QUERY),
    row(400, "MCH_NOT_EXISTS", Act::Person, SKILLS),
    row(404, "MCH_NOT_EXISTS", Act::Person, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, REFUND_QUERY),
    row(500, "SYSTEM_ERROR", Act::Retry, REFUND_QUERY),
];

/// Whatever is refused here is asked about before the gateway believes it: the number is not to be
/// changed on the word of one answer.
pub(crate) const TRANSFERRING: Table = &[
    row(400, "PARAM_ERROR", Act::Refused, TRANSFER),
    row(403, "NOT_ENOUGH", Act::Refused, TRANSFER),
    // Also said of a number that did pay, with other parameters.
    row(400, "INVALID_REQUEST", Act::Query, TRANSFER),
    row(400, "ALREADY_EXISTS", Act::Query, TRANSFER),
    // Said at the gate, of this request and not of the one before it.
    row(401, "SIGN_ERROR", Act::Person, SKILLS),
    row(403, "NO_AUTH", Act::Person, SKILLS),
    row(403, "RULE_LIMIT", Act::Query, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SKILLS),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Retry, SKILLS),
];

/// "No such bill" after a while is that it was never made.
pub(crate) const TRANSFER_QUERYING: Table = &[
    row(404, "NOT_FOUND", Act::Absent, TRANSFER_QUERY),
    row(404, "RESOURCE_NOT_EXISTS", Act::Absent, SKILLS),
    row(400, "PARAM_ERROR", Act::Person, SKILLS),
    row(401, "SIGN_ERROR", Act::Person, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Retry, SKILLS),
];

pub(crate) const CERTIFICATES: Table = &[
    row(404, "RESOURCE_NOT_EXISTS", Act::Absent, SKILLS),
    row(401, "SIGN_ERROR", Act::Person, SKILLS),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Retry, SKILLS),
];

/// Of the day's bills: "no statement" is also said of one that is not made yet.
pub(crate) const BILLING: Table = &[
    row(400, "NO_STATEMENT_EXIST", Act::Absent, BILL),
    row(400, "STATEMENT_CREATING", Act::Retry, BILL),
    row(400, "INVALID_REQUEST", Act::Person, BILL),
    row(400, "PARAM_ERROR", Act::Person, BILL),
    row(401, "SIGN_ERROR", Act::Person, BILL),
    row(403, "NO_AUTH", Act::Person, BILL),
    row(429, "FREQUENCY_LIMITED", Act::Slow, BILL),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SKILLS),
    row(500, "SYSTEM_ERROR", Act::Query, BILL),
];
