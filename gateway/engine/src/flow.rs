//! What the gateway does, one file per operation; all IO goes through the [`crate::gateway`].

pub mod call;
pub mod close;
pub mod create;
pub mod deliver;
pub mod idempotency;
pub mod keys;
pub mod land;
pub mod notify;
pub mod refund;
pub mod resolve;
pub mod walk_refund;

use paymux_core::payment::Rejection;
use paymux_store::Answer;

use crate::record::RecordError;
use crate::problem::{self, Problem};

/// An answer to a merchant, and whether it was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replied {
    pub answer: Answer,
    pub replayed: bool,
}

impl Replied {
    pub(crate) fn fresh(answer: Answer) -> Self {
        Self { answer, replayed: false }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Missing => Self::new(problem::NOT_FOUND, "there is no such payment"),
            RecordError::Rejected(rejection) => rejected(rejection),
            RecordError::Contradiction(_) => {
                Self::new(problem::INTERNAL, "the payment needs a person; nothing was changed")
            }
            RecordError::Duplicate(_) => {
                Self::new(problem::INTERNAL, "the request was recorded by another one")
            }
            RecordError::Store(_) => Self::new(
                problem::STORE_UNAVAILABLE,
                "the outcome is not known; repeat with the same Idempotency-Key",
            )
            .retry_after(1),
        }
    }
}

fn rejected(rejection: Rejection) -> Problem {
    let kind = match rejection {
        Rejection::AttemptLive | Rejection::TooManyAttempts | Rejection::Ended => problem::NO_ROUTE,
        Rejection::AlreadyPaid => problem::PAYMENT_PAID,
        Rejection::NotPaid => problem::PAYMENT_NOT_PAID,
        Rejection::ExceedsPaid => problem::REFUND_EXCEEDS_PAID,
        Rejection::OtherCurrency => problem::CURRENCY_MISMATCH,
        Rejection::NothingToRefund => problem::INVALID_FIELD,
        Rejection::TooManyRefunds => problem::REFUND_LIMIT,
    };
    Problem::new(kind, rejection.to_string())
}
