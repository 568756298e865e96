//! What an answer other than success decides. What no table names is unknown, and unknown is never
//! failed.

mod shares;
mod tables;

use http::StatusCode;
use paymux_channel::{BillAnswer, Outcome, RefundOutcome, SplitOutcome, TransferOutcome};
use paymux_core::payment::{Action, Refusal};
use paymux_core::refund::RefundFact;
use paymux_core::split;
use paymux_core::transfer::Fact;
use serde::Deserialize;

use shares::{RECEIVING, SPLIT_QUERYING, SPLITTING};
use tables::{
    Act, BILLING, CERTIFICATES, CHARGE_CODES, CLOSING, ORDER_QUERY, PAY, REFUND_QUERYING,
    REFUNDING, REVERSING, TRANSFER_QUERYING, TRANSFERRING, Table,
};

/// Longest code kept; WeChat Pay's longest have 30.
const MAX_CODE: usize = 64;
/// Characters of a message kept.
const MAX_MESSAGE: usize = 256;

/// Too many calls, whatever the status: the same words are documented with several.
const LIMITED: &[&str] = &[
    "FREQUENCYLIMITED",
    "FREQLIMIT",
    "RATELIMITEXCEEDED",
    "INVALIDREQTOOMUCH",
    "HTTP429",
    // Of the open platform.
    "45009",
    "45011",
];

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
        if self.says(PAY, &[Act::Refused]) {
            Outcome::Refused(self.refusal())
        } else {
            self.unknown()
        }
    }

    /// A charge is money: nothing is decided on the word of an unsigned answer.
    pub(crate) fn of_charge(self) -> Outcome {
        if self.signed && self.says(CHARGE_CODES, &[Act::Refused, Act::NewCode]) {
            Outcome::Refused(self.refusal())
        } else if self.signed && self.says(CHARGE_CODES, &[Act::Confirm]) {
            Outcome::Accepted(Action::Confirm)
        } else {
            self.unknown()
        }
    }

    /// No failure: what was asked for is under way, and the body tells of it. A charge whose payer
    /// types the password comes so (binarywang/WxJava#4050).
    pub(crate) fn is_under_way(&self) -> bool {
        self.signed && self.status == 202 && self.code.is_empty()
    }

    pub(crate) fn of_query(self) -> Outcome {
        if self.says(ORDER_QUERY, &[Act::Absent]) { Outcome::Absent } else { self.unknown() }
    }

    /// An unsigned "closed" is worth a question, and the answer to that is signed.
    pub(crate) fn of_close(self) -> Outcome {
        if self.says(CLOSING, &[Act::Absent]) {
            Outcome::Absent
        } else if self.signed && self.says(CLOSING, &[Act::Closed]) {
            Outcome::Closed
        } else if self.says(CLOSING, &[Act::Closed, Act::TooLate]) {
            Outcome::AlreadyPaid
        } else {
            self.unknown()
        }
    }

    /// Whoever is told "closed" takes the goods back: it takes a signature.
    pub(crate) fn of_reverse(self) -> Outcome {
        if self.says(REVERSING, &[Act::Absent]) {
            Outcome::Absent
        } else if self.signed && self.says(REVERSING, &[Act::Closed]) {
            Outcome::Closed
        } else if self.signed && self.says(REVERSING, &[Act::TooLate]) {
            Outcome::AlreadyPaid
        } else {
            self.unknown()
        }
    }

    /// A refusal frees reserved money, so it takes a signature.
    pub(crate) fn of_refund(self) -> Outcome {
        if self.signed && self.says(REFUNDING, &[Act::Refused]) {
            Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(self.refusal())))
        } else {
            self.unknown()
        }
    }

    pub(crate) fn of_refund_query(self) -> Outcome {
        if self.says(REFUND_QUERYING, &[Act::Absent]) {
            Outcome::Refund(RefundOutcome::Absent)
        } else {
            self.unknown()
        }
    }

    /// No money is near: it takes no signature to be told to come again.
    pub(crate) fn of_bill(&self) -> Outcome {
        if self.says(BILLING, &[Act::Absent]) {
            Outcome::Bill(BillAnswer::Absent)
        } else if self.says(BILLING, &[Act::Retry]) {
            Outcome::Bill(BillAnswer::Making)
        } else if self.signed && self.says(BILLING, &[Act::Person]) {
            Outcome::Refused(self.refusal())
        } else {
            self.unknown()
        }
    }

    /// A refusal frees reserved money, so it takes a signature.
    pub(crate) fn of_transfer(self) -> Outcome {
        if self.signed && self.says(TRANSFERRING, &[Act::Refused]) {
            Outcome::Transfer(TransferOutcome::Fact(Fact::Refused(self.refusal())))
        } else {
            self.unknown()
        }
    }

    /// Where it is unknown for long enough, reserved money is freed: that takes a signature, too.
    pub(crate) fn of_transfer_query(self) -> Outcome {
        if self.signed && self.says(TRANSFER_QUERYING, &[Act::Absent]) {
            Outcome::Transfer(TransferOutcome::Absent)
        } else {
            self.unknown()
        }
    }

    /// A refusal frees reserved money, so it takes a signature, as does an end of its sending.
    pub(crate) fn of_split(self) -> Outcome {
        let fact = match self.signed {
            true if self.says(SPLITTING, &[Act::Refused]) => split::Fact::Refused(self.refusal()),
            true if self.says(SPLITTING, &[Act::Query]) => split::Fact::Stuck(self.refusal()),
            true | false => return self.unknown(),
        };
        Outcome::Split(SplitOutcome::Fact(fact))
    }

    /// As of a transfer.
    pub(crate) fn of_split_query(self) -> Outcome {
        let absent = self.signed && self.says(SPLIT_QUERYING, &[Act::Absent]);
        if absent { Outcome::Split(SplitOutcome::Absent) } else { self.unknown() }
    }

    pub(crate) fn of_receiver(self) -> Outcome {
        let refused = self.signed && self.says(RECEIVING, &[Act::Refused]);
        if refused { Outcome::Refused(self.refusal()) } else { self.unknown() }
    }

    pub(crate) const fn is_signed(&self) -> bool {
        self.signed
    }

    pub(crate) fn has_no_certificates(&self) -> bool {
        self.says(CERTIFICATES, &[Act::Absent])
    }

    pub(crate) fn is_absent_order(&self) -> bool {
        self.says(ORDER_QUERY, &[Act::Absent])
    }

    pub(crate) fn unknown(&self) -> Outcome {
        Outcome::Unknown { code: self.name() }
    }

    fn says(&self, table: Table, acts: &[Act]) -> bool {
        let bare = |code: &str| code.replace('_', "");
        let code = bare(&self.code);
        let named = |it: &&tables::Row| it.status == self.status && bare(it.code) == code;
        table.iter().find(named).is_some_and(|it| acts.contains(&it.act))
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
