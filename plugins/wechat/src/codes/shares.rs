//! What the documents say of the codes of profit sharing.

use super::tables::{Act, Table, row};

const SPLIT: &str = "profit sharing orders 4012524936, wechatpay-skills";
const SPLIT_QUERY: &str = "profit sharing order query 4012525210, wechatpay-skills";
const RECEIVER: &str = "profit sharing receivers 4012528995, wechatpay-skills";

/// Shares, the finish and the return of one.
pub(crate) const SPLITTING: Table = &[
    row(400, "PARAM_ERROR", Act::Refused, SPLIT),
    row(403, "NOT_ENOUGH", Act::Refused, SPLIT),
    // Also said of a number that did share, with other receivers.
    row(400, "INVALID_REQUEST", Act::Query, SPLIT),
    row(401, "SIGN_ERROR", Act::Person, SPLIT),
    // Nobody's repeat mends it, and a first send may have come before it.
    row(403, "NO_AUTH", Act::Query, SPLIT),
    // Too soon behind the payment, or another of the same order is under way.
    row(403, "RULE_LIMIT", Act::Retry, SPLIT),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SPLIT),
    row(429, "RATELIMIT_EXCEEDED", Act::Slow, SPLIT),
    row(500, "SYSTEM_ERROR", Act::Retry, SPLIT),
];

pub(crate) const SPLIT_QUERYING: Table = &[
    row(404, "NOT_FOUND", Act::Absent, SPLIT_QUERY),
    row(404, "RESOURCE_NOT_EXISTS", Act::Absent, SPLIT_QUERY),
    row(400, "PARAM_ERROR", Act::Person, SPLIT_QUERY),
    row(401, "SIGN_ERROR", Act::Person, SPLIT_QUERY),
    row(429, "FREQUENCY_LIMITED", Act::Slow, SPLIT_QUERY),
    row(500, "SYSTEM_ERROR", Act::Retry, SPLIT_QUERY),
];

/// No money is near.
pub(crate) const RECEIVING: Table = &[
    row(400, "PARAM_ERROR", Act::Refused, RECEIVER),
    row(400, "INVALID_REQUEST", Act::Refused, RECEIVER),
    row(401, "SIGN_ERROR", Act::Person, RECEIVER),
    row(403, "NO_AUTH", Act::Refused, RECEIVER),
    row(403, "RULE_LIMIT", Act::Refused, RECEIVER),
    row(429, "FREQUENCY_LIMITED", Act::Slow, RECEIVER),
    row(500, "SYSTEM_ERROR", Act::Retry, RECEIVER),
];
