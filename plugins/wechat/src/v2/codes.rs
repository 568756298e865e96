//! What error codes mean. Only what a table calls definite is; everything else is unknown, and
//! unknown is never failed.

mod tables;

use http::StatusCode;
use paymux_channel::{Outcome, RefundOutcome};
use paymux_core::payment::{Action, Refusal};
use paymux_core::refund::RefundFact;

pub(crate) use tables::{CHARGE, CLOSE, IDENTIFY, ORDER, QUERY, QUERY_REFUND, REFUND, REVERSE};

use super::xml::Fields;
use crate::codes::plain;

/// Characters of a message kept.
const MAX_MESSAGE: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// A definite no to what was asked, for good.
    Refused,
    /// There is no such order or refund.
    Absent,
    /// It can no longer be paid.
    Closed,
    /// Not any more: paid, or over already. A query tells which.
    TooLate,
    /// The payer is asked on the own phone.
    Confirming,
    /// Nothing is known; the same request again tells.
    Retry,
    /// Nothing is known; a query tells.
    Query,
    /// Nothing is known, and somebody must do something before the same request helps.
    Act,
}

pub(crate) type Table = &'static [(&'static str, Says)];

/// An answer other than success.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    code: String,
    message: String,
    signed: bool,
}

impl Failure {
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let code = format!("HTTP_{}", status.as_u16());
        Self { code, message: String::new(), signed: false }
    }

    /// `return_code` is `FAIL`: no code, no signature, a sentence.
    pub(crate) fn unsigned(fields: &Fields) -> Self {
        let message = fields.text("return_msg").unwrap_or_default();
        let known = tables::SENTENCES.iter().find(|it| message.contains(it.0));
        let code = known.map_or("RETURN_CODE_FAIL", |it| it.1);
        Self { code: code.to_owned(), message: message.to_owned(), signed: false }
    }

    pub(crate) fn signed(fields: &Fields) -> Self {
        let text = |name| fields.text(name).unwrap_or_default().to_owned();
        Self { code: text("err_code"), message: text("err_code_des"), signed: true }
    }

    /// Of an order, a question about it, its end, or its payer.
    pub(crate) fn of(self, table: Table) -> Outcome {
        match self.says(table) {
            Some(Says::Refused) => Outcome::Refused(self.refusal()),
            Some(Says::Absent) => Outcome::Absent,
            Some(Says::Closed) => Outcome::Closed,
            Some(Says::TooLate) => Outcome::AlreadyPaid,
            Some(Says::Confirming) => Outcome::Accepted(Action::Confirm),
            Some(Says::Retry | Says::Query | Says::Act) | None => self.unknown(),
        }
    }

    pub(crate) fn of_refund(self, table: Table) -> Outcome {
        match self.says(table) {
            Some(Says::Refused) => {
                let fact = RefundFact::Refused(self.refusal());
                Outcome::Refund(RefundOutcome::Fact(fact))
            }
            Some(Says::Absent) => Outcome::Refund(RefundOutcome::Absent),
            Some(
                Says::Closed
                | Says::TooLate
                | Says::Confirming
                | Says::Retry
                | Says::Query
                | Says::Act,
            )
            | None => self.unknown(),
        }
    }

    pub(crate) fn is_signed(&self) -> bool {
        self.signed
    }

    pub(crate) fn unknown(&self) -> Outcome {
        let code = plain(&self.code);
        Outcome::Unknown { code: if code.is_empty() { "FAIL".to_owned() } else { code } }
    }

    /// Unsigned words say nothing.
    fn says(&self, table: Table) -> Option<Says> {
        let found = table.iter().find(|it| it.0 == self.code);
        found.filter(|_| self.signed).map(|it| it.1)
    }

    fn refusal(&self) -> Refusal {
        let printable = self.message.chars().filter(|it| !it.is_control());
        Refusal { code: plain(&self.code), message: printable.take(MAX_MESSAGE).collect() }
    }
}

#[cfg(test)]
mod tests;
