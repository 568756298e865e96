//! A payment: what the merchant asked, the tries made for it, and what became of them.
//!
//! [`Payment::apply`] is the only way a payment changes; [`Payment::plan`] says what to do next.

mod apply;
mod attempt;
mod charge;
mod check;
mod dispatch;
mod door;
mod event;
mod notice;
mod order;
mod part;
mod plan;
mod refunds;
mod settle;
mod splits;

pub use attempt::{Action, Attempt, Receipt, Refusal, Report, Standing, TillTimes};
pub use check::Totals;
pub use door::Door;
pub use event::{CloseReason, Contradiction, Effect, Event, Rejection, Transition};
pub use notice::Notice;
pub use order::{AuthCode, Cashier, Method, Order, Payer, Policy, Surplus, Way};
pub use part::{PARTS, Part, PartNo};
pub use plan::{Absence, CODE_LIFE, EXPIRY_MARGIN, Plan};

use crate::id::{AttemptId, PaymentId, RefundId};
use crate::money::Money;
use crate::refund::Refund;
use crate::split::Split;
use crate::time::Timestamp;
use crate::trace::Trace;

/// More tries than any merchant has accounts for one payment.
pub const MAX_ATTEMPTS: usize = 8;
/// Tries that were provably never sent are cheap, yet each is kept.
pub const MAX_TRIES: usize = 64;
/// WeChat Pay takes at most 50 refunds of one order; the same limit serves both channels.
pub const MAX_REFUNDS: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    /// What the merchant asked for; never changes.
    pub order: Order,
    /// In order of dispatch; the last is the current one.
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    /// What of its money went to others, and came back.
    pub splits: Vec<Split>,
    pub verdict: Verdict,
    /// Set once the order is to be closed; final unless money arrives first.
    pub closing: Option<CloseReason>,
    /// Merchant events so far: the next one's number, less one.
    pub events: u16,
    /// Counts applied events; the store commits only over the version it read.
    pub version: u64,
    /// Where its request stood in the trace that is kept of it.
    pub trace: Option<Trace>,
}

/// What the merchant has been told, or is being told by the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Open,
    Succeeded { attempt: AttemptId },
    Failed { attempt: AttemptId },
    Closed,
}

/// Where a payment stands: the verdict, and while there is none, the current attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No request has left for any channel, or none that left is alive and still wanted.
    Created,
    /// A request is about to leave, or left and its fate is unknown; or a charge is being undone.
    InDoubt {
        attempt: AttemptId,
    },
    /// The channel holds the order and waits for the payer.
    Pending {
        attempt: AttemptId,
    },
    Succeeded {
        attempt: AttemptId,
        paid_at: Timestamp,
    },
    Failed {
        attempt: AttemptId,
    },
    Closed,
}

impl Payment {
    pub fn new(id: PaymentId, order: Order) -> Self {
        Self {
            id,
            order,
            attempts: vec![],
            refunds: vec![],
            splits: vec![],
            verdict: Verdict::Open,
            closing: None,
            events: 0,
            version: 0,
            trace: None,
        }
    }

    pub fn state(&self) -> State {
        match self.verdict {
            Verdict::Open => self.open_state(),
            Verdict::Succeeded { attempt } => {
                let receipt = self.attempt(attempt).and_then(|it| it.receipt.as_ref());
                let paid_at = receipt.map_or(Timestamp::default(), |it| it.paid_at);
                State::Succeeded { attempt, paid_at }
            }
            Verdict::Failed { attempt } => State::Failed { attempt },
            Verdict::Closed => State::Closed,
        }
    }

    fn open_state(&self) -> State {
        let Some(current) = self.current() else { return State::Created };
        let attempt = current.id;
        match current.standing {
            Standing::InDoubt | Standing::Reversing => State::InDoubt { attempt },
            Standing::Pending => State::Pending { attempt },
            Standing::Unsent
            | Standing::Abandoned
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => State::Created,
        }
    }

    pub fn current(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt to show: the one that was paid, else the latest.
    pub fn shown(&self) -> Option<&Attempt> {
        match self.verdict {
            Verdict::Succeeded { attempt } => self.attempt(attempt),
            Verdict::Open | Verdict::Failed { .. } | Verdict::Closed => self.current(),
        }
    }

    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|it| it.id == id)
    }

    pub fn refund(&self, id: RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|it| it.id == id)
    }

    /// Since when nobody knows what became of an attempt; of several, the oldest.
    pub fn doubt_since(&self) -> Option<Timestamp> {
        let unknown =
            |it: &&Attempt| matches!(it.standing, Standing::InDoubt | Standing::Reversing);
        self.attempts.iter().filter(unknown).map(|it| it.dispatched_at).min()
    }

    /// Whether the end of this attempt leaves the payment open: another one is wanted, or its payer
    /// may choose again.
    pub fn outlives(&self, attempt: &Attempt) -> bool {
        attempt.superseded || self.order.cashier.is_some()
    }

    pub fn next_attempt_id(&self) -> AttemptId {
        AttemptId { payment: self.id, number: next_number(self.attempts.len()) }
    }

    /// Money of this attempt that no refund has taken or reserved, and that nobody else holds.
    pub fn refundable(&self, attempt: AttemptId) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        self.unrefunded(attempt).checked_sub(self.shared(attempt)).unwrap_or(zero)
    }

    /// Money of this attempt that no refund has taken or reserved.
    pub(super) fn unrefunded(&self, attempt: AttemptId) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let receipt = self.attempt(attempt).and_then(|it| it.receipt.as_ref());
        let paid = receipt.map_or(zero, |it| it.amount);
        let taken = self.refunds.iter().filter(|it| it.attempt == attempt && it.holds_money());
        taken.fold(paid, |left, it| left.checked_sub(it.amount).unwrap_or(zero))
    }
}

pub(crate) fn next_number(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX).saturating_add(1)
}

#[cfg(test)]
pub(crate) mod tests;
