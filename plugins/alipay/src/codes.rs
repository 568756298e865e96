//! What Alipay's error codes mean. Whatever is in no table is unknown, and unknown is never failed.

mod charge;
mod order;
mod others;
mod placing;
mod refund;
mod shares;
mod transfer;

use paymux_channel::{BillAnswer, Outcome, RefundOutcome, TransferOutcome};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;
use paymux_core::transfer::Fact;

pub(crate) use self::order::{CREATE, PRECREATE};

/// Longest code kept; Alipay's longest have 50.
const MAX_CODE: usize = 64;
/// Characters of a message kept: `isv.invalid-signature` echoes the whole request.
const MAX_MESSAGE: usize = 256;

/// Gateway codes before any business: permission, arguments, conditions, authorisation.
const NOT_PROCESSED: [&str; 5] = ["20001", "40001", "40002", "40003", "40006"];
const BUSINESS_FAILED: &str = "40004";

/// What follows from a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It did not happen, and under its number no money can follow.
    Refused,
    /// The same, and the payer can mend it: another card, a fresh code, a switch in the wallet.
    Payer,
    /// Nobody knows before the channel is asked.
    Query,
    /// Not now; the same again may work.
    Retry,
    /// There is no such trade.
    Absent,
    /// It no longer waits for its payer.
    TooLate,
    /// Nothing is left of it to give back.
    Spent,
}

/// A documented `sub_code` without its prefix, what it means, and who says so.
pub(crate) struct Row(
    &'static str,
    Meaning,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads or changes the table"))]
    &'static str,
);

pub(crate) type Table = &'static [&'static [Row]];

/// The error enumerations of the official OpenAPI description, with the solutions the
/// documentation gives for each.
const SPEC: &str = "opendocs error tables; ErrorResponseModel of alipay-sdk-php-all v3";
/// Notes for those who integrate payments at a till.
const NOTES: &str = "opendocs 00f7nv, 00f7ns";
/// Answers seen in production.
const SEEN: &str = "captured answers";

fn find(table: Table, code: &str) -> Option<Meaning> {
    table.iter().copied().flatten().find(|row| row.0 == code).map(|row| row.1)
}

/// Too many calls, of the application or of one method, by `sub_code` or where there is none; the
/// last two are the bill service's words.
const LIMITED: &[&str] = &[
    "isv.app-call-limited",
    "isv.method-call-limited",
    "40005",
    "SYSTEM_RATE_LIMIT",
    "USER_RATE_LIMIT",
];

/// Of the code of an unknown outcome.
pub(crate) fn is_limited(code: &str) -> bool {
    LIMITED.contains(&code)
}

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: String,
    sub_code: String,
    message: String,
    signed: bool,
}

impl Failure {
    pub(crate) fn new(code: String, sub_code: String, message: String, signed: bool) -> Self {
        Self { code, sub_code, message, signed }
    }

    /// Whether an order could not be placed. What the gateway refuses before any business counts:
    /// an order asks for no money by itself, and a first answer that was lost showed nobody a code.
    pub(crate) fn of_order(self, table: Table) -> Outcome {
        self.placing(table)
    }

    /// Whether a charge did not happen. The same holds, since a charge is asked for once: what the
    /// gateway refused never came to the business.
    pub(crate) fn of_charge(self) -> Outcome {
        self.placing(charge::TABLE)
    }

    pub(crate) fn of_query(self) -> Outcome {
        self.asking(others::QUERY, Outcome::Absent)
    }

    pub(crate) fn of_close(self) -> Outcome {
        self.asking(others::CLOSE, Outcome::Absent)
    }

    pub(crate) fn of_cancel(self) -> Outcome {
        self.asking(others::CANCEL, Outcome::Absent)
    }

    /// Only business codes count: a gateway refusing a repeat says nothing about the first try,
    /// which may have moved the money.
    pub(crate) fn of_refund(self) -> Outcome {
        match self.meaning(refund::TABLE) {
            Some(Meaning::Refused | Meaning::Payer) => {
                Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(self.refusal())))
            }
            Some(Meaning::Spent) => Outcome::Refund(RefundOutcome::Spent(self.refusal())),
            Some(Meaning::Query | Meaning::Retry | Meaning::Absent | Meaning::TooLate) | None => {
                self.unknown()
            }
        }
    }

    /// No trade, so no refund of it.
    pub(crate) fn of_refund_query(self) -> Outcome {
        self.asking(others::REFUND_QUERY, Outcome::Refund(RefundOutcome::Absent))
    }

    /// Only business codes count, as of a refund: a refusal releases reserved money.
    pub(crate) fn of_transfer(self) -> Outcome {
        let limit = self.signed
            && self.code == BUSINESS_FAILED
            && transfer::FAMILIES.iter().any(|it| self.sub_code.starts_with(it));
        if limit || self.meaning(transfer::TABLE) == Some(Meaning::Refused) {
            Outcome::Transfer(TransferOutcome::Fact(Fact::Refused(self.refusal())))
        } else {
            self.unknown()
        }
    }

    pub(crate) fn of_transfer_query(self) -> Outcome {
        self.asking(transfer::QUERY, Outcome::Transfer(TransferOutcome::Absent))
    }

    /// No money is near, so that a refusal is one whoever refuses.
    pub(crate) fn of_identify(self) -> Outcome {
        let known = find(others::IDENTIFY, &self.sub_code);
        let refused = known.map_or(self.is_not_processed(), |it| it == Meaning::Refused);
        if refused && self.signed { Outcome::Refused(self.refusal()) } else { self.unknown() }
    }

    /// No money is near: what the gateway refuses is refused, too.
    pub(crate) fn of_bill(self) -> Outcome {
        match find(others::BILL, &self.sub_code) {
            Some(Meaning::Absent) => Outcome::Bill(BillAnswer::Absent),
            Some(Meaning::Refused) if self.signed => Outcome::Refused(self.refusal()),
            None if self.is_not_processed() => Outcome::Refused(self.refusal()),
            Some(_) | None => self.unknown(),
        }
    }

    fn placing(&self, table: Table) -> Outcome {
        match self.meaning(table) {
            Some(Meaning::Refused | Meaning::Payer) => Outcome::Refused(self.refusal()),
            None if self.is_not_processed() => Outcome::Refused(self.refusal()),
            Some(
                Meaning::Query
                | Meaning::Retry
                | Meaning::Absent
                | Meaning::TooLate
                | Meaning::Spent,
            )
            | None => self.unknown(),
        }
    }

    fn asking(&self, table: Table, absent: Outcome) -> Outcome {
        match self.meaning(table) {
            Some(Meaning::Absent) => absent,
            Some(Meaning::TooLate) => Outcome::AlreadyPaid,
            Some(
                Meaning::Refused
                | Meaning::Payer
                | Meaning::Query
                | Meaning::Retry
                | Meaning::Spent,
            )
            | None => self.unknown(),
        }
    }

    fn is_not_processed(&self) -> bool {
        self.signed && NOT_PROCESSED.contains(&self.code.as_str())
    }

    /// Unsigned words decide nothing. Codes come with `ACQ.`, misspelt, or bare.
    fn meaning(&self, table: Table) -> Option<Meaning> {
        let bare = ["ACQ.", "AQC."].iter().find_map(|it| self.sub_code.strip_prefix(it));
        let counts = self.signed && self.code == BUSINESS_FAILED;
        counts.then(|| find(table, bare.unwrap_or(&self.sub_code))).flatten()
    }

    fn refusal(&self) -> Refusal {
        let message = self.message.chars().take(MAX_MESSAGE).collect();
        Refusal { code: self.name(), message }
    }

    fn unknown(&self) -> Outcome {
        Outcome::Unknown { code: self.name() }
    }

    /// The most telling code, fit for a log line whoever wrote it.
    fn name(&self) -> String {
        let code = if self.sub_code.is_empty() { &self.code } else { &self.sub_code };
        let plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
        code.chars().filter(plain).take(MAX_CODE).collect()
    }
}

#[cfg(test)]
mod tests;
