//! What a payment takes from its accounts' days, as a difference between two of its versions.

use crate::id::{AccountId, AttemptId};
use crate::payment::{Payment, Standing};
use crate::time::Timestamp;

use super::Taken;

/// A share of an account's day, taken or given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    pub account: AccountId,
    /// The day is the one of this moment, whenever the share is given back.
    pub dispatched_at: Timestamp,
    /// Negative where it is given back.
    pub taken: Taken,
}

impl Standing {
    /// Whether money came of it, or may yet come.
    fn takes(&self) -> bool {
        self.is_live() || *self == Self::Paid
    }
}

impl Payment {
    /// The attempts that count against their accounts' days.
    pub fn taking(&self) -> Vec<AttemptId> {
        self.attempts.iter().filter(|it| it.standing.takes()).map(|it| it.id).collect()
    }
}

/// From the attempts that counted before to those of `after`. Attempts are never removed.
pub fn shifts(before: &[AttemptId], after: &Payment) -> Vec<Shift> {
    let amount = after.order.amount.minor();
    let attempts = after.attempts.iter().filter_map(|it| {
        let taken = match (before.contains(&it.id), it.standing.takes()) {
            (false, true) => Taken { count: 1, amount },
            (true, false) => Taken { count: -1, amount: -amount },
            (true, true) | (false, false) => return None,
        };
        Some(Shift { account: it.account.clone(), dispatched_at: it.dispatched_at, taken })
    });
    attempts.collect()
}
