//! What the gateway does, one file per operation; all IO goes through the [`crate::gateway`].

pub mod app_token;
pub mod attempt;
pub mod bill;
pub mod call;
pub mod cashier;
pub mod close;
pub mod create;
pub mod deliver;
pub mod difference;
mod dispatch;
pub mod endpoint;
pub mod idempotency;
pub mod identify;
pub mod keys;
pub mod land;
pub mod notify;
mod parts;
pub mod plate;
pub mod probe;
pub mod raw;
pub mod receiver;
pub mod refund;
pub mod replay_event;
pub mod resolve;
pub mod retry_refund;
mod reverse;
pub mod route;
pub mod settle;
pub mod shed;
pub mod split;
pub mod sync;
pub mod tell_app_token;
pub mod transfer;
pub mod walk_refund;
pub mod walk_split;
pub mod walk_transfer;

use std::sync::Arc;

use paymux_core::payment::{Payment, Plan, Rejection};
use paymux_core::{AccountId, Timestamp};
use paymux_store::{Answer, TaskKind, Then};

use crate::problem::{self, FieldError, Problem};
use crate::record::RecordError;
use crate::snapshot::{Account, Merchant, Snapshot};

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

/// When a task runs again, from the state it leaves behind: a live thing is never without one.
pub(crate) fn then(payment: &Payment, task: &TaskKind, now: Timestamp) -> Then {
    match task {
        TaskKind::Resolve(attempt) => match payment.plan(*attempt, now) {
            Plan::Done => Then::Done,
            Plan::Wait { until } => Then::Again(until),
            Plan::Expire => Then::Again(now),
            Plan::Query | Plan::Close | Plan::Reverse | Plan::Recheck => {
                Then::Again(payment.ask_again_at(*attempt, now))
            }
        },
        TaskKind::Refund(refund) => match payment.refund(*refund) {
            Some(refund) if refund.state.is_open() => {
                Then::Again(walk_refund::ask_again_at(refund, now))
            }
            Some(_) | None => Then::Done,
        },
        TaskKind::Split(split) => match payment.split(*split).and_then(|it| it.ask_again_at(now)) {
            Some(due) => Then::Again(due),
            None => Then::Done,
        },
        // A delivery's end is its own answer's, and neither an endpoint nor a transfer nor a bill is
        // a payment's.
        TaskKind::Deliver(_)
        | TaskKind::Replay(..)
        | TaskKind::Transfer(_)
        | TaskKind::Bill(..)
        | TaskKind::Settle(_) => Then::Again(now),
    }
}

/// Another's looks like none at all.
fn own_account(
    snapshot: &Snapshot,
    merchant: &Merchant,
    id: &AccountId,
) -> Result<Arc<Account>, Problem> {
    let own = merchant.candidates.iter().any(|it| it.account == *id);
    let found = snapshot.account(id).filter(|_| own).cloned();
    found.ok_or_else(|| Problem::new(problem::NOT_FOUND, "there is no such account of yours"))
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Missing => Self::new(problem::NOT_FOUND, "there is no such payment"),
            RecordError::Rejected(rejection) => rejected(rejection),
            RecordError::Transfer(rejection) => transfer_rejected(rejection),
            RecordError::Settlement(rejection) => settle::rejected(rejection),
            RecordError::Exceeded(_) => {
                too_much(problem::TRANSFER_LIMIT, error.to_string(), "is more than the day leaves")
            }
            RecordError::Short => {
                let reason = "is more than you have to pay out";
                too_much(problem::TRANSFER_EXCEEDS_BALANCE, error.to_string(), reason)
            }
            RecordError::Contradiction(_) => {
                Self::new(problem::INTERNAL, "the payment needs a person; nothing was changed")
            }
            RecordError::Duplicate(_) => {
                Self::new(problem::INTERNAL, "the request was recorded by another one")
            }
            RecordError::Store(cause) => {
                tracing::error!(cause, "request.unrecorded");
                let detail = "the outcome is not known; repeat with the same Idempotency-Key";
                Self::new(problem::STORE_UNAVAILABLE, detail).retry_after(1)
            }
        }
    }
}

fn too_much(kind: &'static problem::Kind, detail: String, reason: &str) -> Problem {
    let mut problem = Problem::new(kind, detail);
    problem.errors.push(FieldError { pointer: "/amount".into(), reason: reason.into() });
    problem
}

fn transfer_rejected(rejection: paymux_core::transfer::Rejection) -> Problem {
    use paymux_core::transfer::Rejection;
    let kind = match rejection {
        Rejection::NotHeld => problem::TRANSFER_NOT_HELD,
        Rejection::Ended => problem::TRANSFER_ENDED,
    };
    Problem::new(kind, rejection.to_string())
}

fn rejected(rejection: Rejection) -> Problem {
    let kind = match rejection {
        Rejection::AttemptLive => problem::ATTEMPT_OPEN,
        Rejection::TooManyAttempts => problem::ATTEMPT_LIMIT,
        Rejection::Ended => problem::PAYMENT_ENDED,
        Rejection::AlreadyPaid => problem::PAYMENT_PAID,
        Rejection::NotPaid => problem::PAYMENT_NOT_PAID,
        Rejection::ExceedsPaid => problem::REFUND_EXCEEDS_PAID,
        Rejection::OtherCurrency => problem::CURRENCY_MISMATCH,
        Rejection::NothingToRefund => problem::INVALID_FIELD,
        Rejection::PartUnknown => problem::PART_UNKNOWN,
        Rejection::TooManyRefunds => problem::REFUND_LIMIT,
        Rejection::RefundHeld => problem::REFUND_HELD,
        Rejection::SharedOut => problem::SHARED_OUT,
        Rejection::Split(rejection) => return split::rejected(rejection),
    };
    let problem = Problem::new(kind, rejection.to_string());
    if kind.retryable { problem.retry_after(5) } else { problem }
}
