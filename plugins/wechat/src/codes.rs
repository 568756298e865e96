//! The error codes that are definite. Everything else is unknown, and unknown is never failed.

use http::StatusCode;
use paymux_channel::{Outcome, RefundOutcome};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;
use serde::Deserialize;

/// Longest code kept; WeChat Pay's longest have 30.
const MAX_CODE: usize = 64;
/// Characters of a message kept.
const MAX_MESSAGE: usize = 256;

/// A code under the status it is documented with. Underscores do not count: the documents spell
/// most codes with and without.
pub(crate) type Table = &'static [(u16, &'static str)];

/// The order was not placed, and this request never will place it.
///
/// Not here, on purpose: `OUT_TRADE_NO_USED` and `INVALID_REQUEST` (an order of this number may
/// exist, with other parameters), `ORDER_CLOSED` and `ORDERPAID` (one did exist), `TRADE_ERROR`
/// (does not say), `FREQUENCY_LIMITED` (later).
pub(crate) const PAY_REFUSED: Table = &[
    (400, "PARAM_ERROR"),
    (400, "APPID_MCHID_NOT_MATCH"),
    (400, "MCH_NOT_EXISTS"),
    (404, "MCH_NOT_EXISTS"),
    (401, "SIGN_ERROR"),
    (403, "NO_AUTH"),
    (403, "ACCOUNT_ERROR"),
    (403, "RULE_LIMIT"),
    (403, "REQUEST_BLOCKED"),
];

/// The refund did not happen and, under its number, will not.
///
/// Not here, on purpose: `NOT_ENOUGH` (same number again after a top-up), `INVALID_REQUEST` (also
/// said of a number that did refund, another amount), `RESOURCE_NOT_EXISTS` (the order may be too
/// young to be found), `SIGN_ERROR`, `NO_AUTH` and `MCH_NOT_EXISTS` (said at the gate, of this
/// request and not of the one before it), `FREQUENCY_LIMITED` and `SYSTEM_ERROR` (unknown state).
pub(crate) const REFUND_REFUSED: Table = &[(400, "PARAM_ERROR"), (403, "USER_ACCOUNT_ABNORMAL")];

pub(crate) const ORDER_ABSENT: Table = &[(404, "ORDER_NOT_EXIST")];
pub(crate) const REFUND_ABSENT: Table = &[(404, "RESOURCE_NOT_EXISTS")];
pub(crate) const ORDER_CLOSED: Table = &[(400, "ORDER_CLOSED")];

/// It can no longer be closed: paid, or over already. Only a query can tell.
pub(crate) const CLOSE_TOO_LATE: Table = &[
    (400, "ORDER_PAID"),
    (403, "ORDER_PAID"),
    (403, "TRADE_ERROR"),
    (400, "TRADE_STATE_ERROR"),
    (400, "INVALID_REQUEST"),
];

/// Too many calls, whatever the status: the same words are documented with several.
const LIMITED: &[&str] =
    &["FREQUENCYLIMITED", "FREQLIMIT", "RATELIMITEXCEEDED", "INVALIDREQTOOMUCH", "HTTP429"];

/// Of the code of an unknown outcome.
pub(crate) fn is_limited(code: &str) -> bool {
    LIMITED.contains(&code.replace('_', "").as_str())
}

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: u16,
    code: String,
    message: String,
    signed: bool,
}

#[derive(Deserialize)]
struct Words {
    code: String,
    message: Option<String>,
}

impl Failure {
    /// Whatever the body is; a proxy's page has no code of ours.
    pub(crate) fn read(status: StatusCode, body: &[u8], signed: bool) -> Self {
        let words = serde_json::from_slice(body).ok();
        let words = words.unwrap_or(Words { code: String::new(), message: None });
        let message = words.message.unwrap_or_default();
        Self { status: status.as_u16(), code: words.code, message, signed }
    }

    /// Also on the word of an unsigned answer: a refused order moves no money.
    pub(crate) fn of_pay(self) -> Outcome {
        if self.is_one_of(PAY_REFUSED) { Outcome::Refused(self.refusal()) } else { self.unknown() }
    }

    pub(crate) fn of_query(self) -> Outcome {
        if self.is_one_of(ORDER_ABSENT) { Outcome::Absent } else { self.unknown() }
    }

    /// An unsigned "closed" is worth a question, and the answer to that is signed.
    pub(crate) fn of_close(self) -> Outcome {
        if self.is_one_of(ORDER_ABSENT) {
            Outcome::Absent
        } else if self.is_one_of(ORDER_CLOSED) && self.signed {
            Outcome::Closed
        } else if self.is_one_of(ORDER_CLOSED) || self.is_one_of(CLOSE_TOO_LATE) {
            Outcome::AlreadyPaid
        } else {
            self.unknown()
        }
    }

    /// A refusal frees reserved money, so it takes a signature.
    pub(crate) fn of_refund(self) -> Outcome {
        if self.signed && self.is_one_of(REFUND_REFUSED) {
            Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(self.refusal())))
        } else {
            self.unknown()
        }
    }

    pub(crate) fn of_refund_query(self) -> Outcome {
        if self.is_one_of(REFUND_ABSENT) {
            Outcome::Refund(RefundOutcome::Absent)
        } else {
            self.unknown()
        }
    }

    pub(crate) fn unknown(&self) -> Outcome {
        Outcome::Unknown { code: self.name() }
    }

    fn is_one_of(&self, table: Table) -> bool {
        let bare = |code: &str| code.replace('_', "");
        let code = bare(&self.code);
        table.iter().any(|(status, known)| *status == self.status && bare(known) == code)
    }

    fn refusal(&self) -> Refusal {
        let printable = self.message.chars().filter(|it| !it.is_control());
        Refusal { code: self.name(), message: printable.take(MAX_MESSAGE).collect() }
    }

    fn name(&self) -> String {
        let code = plain(&self.code);
        if code.is_empty() { format!("HTTP_{}", self.status) } else { code }
    }
}

/// A word of others, fit for a log line whoever wrote it.
pub(crate) fn plain(word: &str) -> String {
    let plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    word.chars().filter(plain).take(MAX_CODE).collect()
}

#[cfg(test)]
mod tests;
