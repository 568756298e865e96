//! The documented refusals of both versions, and the lists from which amounts and payment codes
//! select.

use crate::fault::{MagicCode, Operation, by_amount, by_payment_code};
use crate::money::Fen;

/// Codes of version 3 and the status each comes with.
const V3: &[(u16, &[&str])] = &[
    (202, &["USER_PAYING"]),
    (
        400,
        &[
            "PARAM_ERROR",
            "INVALID_REQUEST",
            "APPID_MCHID_NOT_MATCH",
            "MCH_NOT_EXISTS",
            "ORDER_CLOSED",
            "ORDERPAID",
            "ALREADY_EXISTS",
            "AUTH_CODE_INVALID",
            "AUTH_CODE_ERROR",
            "AUTH_CODE_EXPIRED",
        ],
    ),
    (401, &["SIGN_ERROR"]),
    (
        403,
        &[
            "NO_AUTH",
            "OUT_TRADE_NO_USED",
            "NOT_ENOUGH",
            "ACCOUNT_ERROR",
            "RULE_LIMIT",
            "TRADE_ERROR",
            "USER_ACCOUNT_ABNORMAL",
            "REQUEST_BLOCKED",
        ],
    ),
    (404, &["ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"]),
    (429, &["FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"]),
    (500, &["SYSTEM_ERROR", "BANK_ERROR"]),
    (503, &["SERVICE_UNAVAILABLE"]),
];

/// A code nobody documented is a refusal, too.
const OTHER_STATUS: u16 = 400;

pub(super) const TEXT: &str = "沙箱指定的错误";

/// The status that a code of version 3 comes with.
pub(super) fn status(code: &str) -> u16 {
    let row = V3.iter().find(|(_, codes)| codes.contains(&code));
    row.map_or(OTHER_STATUS, |(status, _)| *status)
}

/// What version 3 says to an operation, the first at one fen.
pub(crate) fn v3(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::Pay => &[
            "SYSTEM_ERROR",
            "PARAM_ERROR",
            "INVALID_REQUEST",
            "APPID_MCHID_NOT_MATCH",
            "MCH_NOT_EXISTS",
            "NO_AUTH",
            "OUT_TRADE_NO_USED",
            "ORDERPAID",
            "ORDER_CLOSED",
            "BANK_ERROR",
            "AUTH_CODE_INVALID",
            "AUTH_CODE_ERROR",
            "AUTH_CODE_EXPIRED",
            "NOT_ENOUGH",
            "ACCOUNT_ERROR",
            "RULE_LIMIT",
            "TRADE_ERROR",
            "USER_ACCOUNT_ABNORMAL",
            "REQUEST_BLOCKED",
            "USER_PAYING",
        ],
        Operation::Query => &["SYSTEM_ERROR", "PARAM_ERROR", "ORDER_NOT_EXIST"],
        Operation::Close => {
            &["SYSTEM_ERROR", "ORDER_CLOSED", "ORDER_NOT_EXIST", "ORDERPAID", "USER_PAYING"]
        }
        Operation::Reverse => {
            &["SYSTEM_ERROR", "PARAM_ERROR", "INVALID_REQUEST", "ORDER_NOT_EXIST", "TRADE_ERROR"]
        }
        Operation::Refund => &[
            "SYSTEM_ERROR",
            "NOT_ENOUGH",
            "USER_ACCOUNT_ABNORMAL",
            "INVALID_REQUEST",
            "PARAM_ERROR",
            "NO_AUTH",
            "RESOURCE_NOT_EXISTS",
            "MCH_NOT_EXISTS",
            "REQUEST_BLOCKED",
        ],
        Operation::RefundQuery => &["SYSTEM_ERROR", "RESOURCE_NOT_EXISTS", "MCH_NOT_EXISTS"],
        Operation::Transfer => &[
            "SYSTEM_ERROR",
            "NOT_ENOUGH",
            "PARAM_ERROR",
            "INVALID_REQUEST",
            "ALREADY_EXISTS",
            "NO_AUTH",
            "RULE_LIMIT",
            "FREQUENCY_LIMITED",
        ],
        Operation::TransferQuery => &["SYSTEM_ERROR", "NOT_FOUND", "PARAM_ERROR"],
        Operation::TransferCancel => &["SYSTEM_ERROR", "INVALID_REQUEST", "NOT_FOUND"],
        Operation::Any => {
            &["SIGN_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SERVICE_UNAVAILABLE"]
        }
        Operation::Certificates
        | Operation::Identify
        | Operation::Token
        | Operation::Bill
        | Operation::Notify => &[],
    }
}

/// What version 2 says to an operation, the first at one fen.
pub(crate) fn v2(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::Pay => &[
            "SYSTEMERROR",
            "PARAM_ERROR",
            "INVALID_REQUEST",
            "APPID_MCHID_NOT_MATCH",
            "MCHID_NOT_EXIST",
            "NOAUTH",
            "OUT_TRADE_NO_USED",
            "ORDERPAID",
            "ORDERCLOSED",
            "BANKERROR",
            "AUTH_CODE_INVALID",
            "AUTH_CODE_ERROR",
            "AUTHCODEEXPIRE",
            "NOTENOUGH",
            "NOTSUPORTCARD",
            "RULELIMIT",
            "TRADE_ERROR",
            "USER_ACCOUNT_ABNORMAL",
            "BUYER_MISMATCH",
            "USERPAYING",
            "ORDERREVERSED",
            "APPID_NOT_EXIST",
            "LACK_PARAMS",
        ],
        Operation::Query => &["SYSTEMERROR", "ORDERNOTEXIST"],
        Operation::Close => {
            &["SYSTEMERROR", "ORDERCLOSED", "ORDERNOTEXIST", "ORDERPAID", "TRADE_STATE_ERROR"]
        }
        Operation::Reverse => &[
            "SYSTEMERROR",
            "INVALID_TRANSACTIONID",
            "PARAM_ERROR",
            "REVERSE_EXPIRE",
            "TRADE_ERROR",
            "ORDERCLOSED",
        ],
        Operation::Refund => &[
            "SYSTEMERROR",
            "NOTENOUGH",
            "USER_ACCOUNT_ABNORMAL",
            "BIZERR_NEED_RETRY",
            "INVALID_REQ_TOO_MUCH",
            "TRADE_OVERDUE",
            "INVALID_TRANSACTIONID",
            "ORDERNOTEXIST",
            "PARAM_ERROR",
            "ERROR",
        ],
        Operation::RefundQuery => &["SYSTEMERROR", "REFUNDNOTEXIST"],
        Operation::Any => &["SIGNERROR", "FREQUENCY_LIMITED", "FREQ_LIMIT", "CA_ERROR"],
        Operation::Certificates
        | Operation::Identify
        | Operation::Token
        | Operation::Bill
        | Operation::Transfer
        | Operation::TransferQuery
        | Operation::TransferCancel
        | Operation::Notify => &[],
    }
}

type List = fn(Operation) -> &'static [&'static str];

/// The code that an amount asks of an operation.
pub(super) fn forced(list: List, own: Operation, amount: Option<Fen>) -> Option<&'static str> {
    let (operation, place) = by_amount(amount?)?;
    let struck = operation == own || operation == Operation::Any;
    struck.then(|| at(list, operation, place)).flatten()
}

/// The code that a payment code asks of a charge.
pub(super) fn by_code(list: List, auth_code: &str) -> Option<&'static str> {
    match by_payment_code(auth_code)? {
        MagicCode::Refuses(place) => at(list, Operation::Pay, place),
        MagicCode::Pays | MagicCode::Confirms => None,
    }
}

fn at(list: List, operation: Operation, place: usize) -> Option<&'static str> {
    list(operation).get(place.checked_sub(1)?).copied()
}
