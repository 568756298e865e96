//! Assertions on a whole payment: before every commit and after every load.

use super::{Payment, Standing, Verdict, next_number};
use crate::fee::Fee;
use crate::money::{Money, MoneyError};
use crate::refund::{Refund, RefundState};

/// The sums the store constrains: `0 ≤ refunded + reserved ≤ paid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    pub paid: Money,
    /// In refunds whose end is not known.
    pub reserved: Money,
    pub refunded: Money,
}

impl Payment {
    /// Over all attempts, duplicates included.
    pub fn totals(&self) -> Result<Totals, MoneyError> {
        let zero = Money::zero(self.order.amount.currency());
        let receipts = self.attempts.iter().filter_map(|it| it.receipt.as_ref());
        let mut totals = Totals { paid: zero, reserved: zero, refunded: zero };
        for receipt in receipts {
            totals.paid = totals.paid.checked_add(receipt.amount)?;
        }
        for refund in &self.refunds {
            let sum = match refund.state {
                RefundState::Failed(_) => continue,
                RefundState::Succeeded { .. } => &mut totals.refunded,
                RefundState::InDoubt | RefundState::Processing | RefundState::Abnormal(_) => {
                    &mut totals.reserved
                }
            };
            *sum = sum.checked_add(refund.amount)?;
        }
        Ok(totals)
    }

    /// Says which invariant is broken, if any.
    pub fn check(&self) -> Result<(), &'static str> {
        let totals = self.totals().map_err(|_| "the sums do not add up")?;
        let out = totals.reserved.checked_add(totals.refunded).map_err(|_| "refunds overflow")?;
        let ensure = |holds: bool, what| if holds { Ok(()) } else { Err(what) };
        ensure(totals.paid.checked_sub(out).is_ok(), "more is refunded than was paid")?;
        ensure(self.order.parts_add_up(), "the parts are not the order")?;
        ensure(self.attempts_are_sound(), "the attempts are not in order")?;
        ensure(
            self.attempts.iter().all(|it| self.fees_are_sound(it)),
            "the fees are not in order",
        )?;
        ensure(self.refunds_are_sound(), "the refunds are not in order")?;
        ensure(self.splits_are_sound(), "the splits are not in order")?;
        ensure(self.no_part_owes(), "more is refunded of a part than it was paid")?;
        ensure(self.no_attempt_owes(), "more is refunded of an attempt than it was paid")?;
        ensure(self.verdict_is_sound(), "the verdict is not borne out by the attempts")
    }

    fn attempts_are_sound(&self) -> bool {
        let numbered = (0..)
            .zip(&self.attempts)
            .all(|(index, it)| it.id.payment == self.id && it.id.number == next_number(index));
        let paid = |it: &super::Attempt| it.standing == Standing::Paid;
        let open = |it: &&super::Attempt| match it.standing {
            Standing::InDoubt | Standing::Pending | Standing::Reversing => true,
            Standing::Unsent
            | Standing::Abandoned
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => false,
        };
        let undoable = |it: &super::Attempt| {
            matches!(it.standing, Standing::Closed | Standing::Refused(_) | Standing::Reversing)
        };
        let coded = |it: &super::Attempt| it.way.payer.auth_code.is_some();
        let charge = |it: &super::Attempt| it.way.method.moves_money() == it.till.is_some();
        numbered
            && self.attempts.iter().all(|it| paid(it) == it.receipt.is_some())
            && self.attempts.iter().all(|it| !coded(it) || it.standing == Standing::InDoubt)
            && self.attempts.iter().all(charge)
            && self.attempts.iter().all(|it| it.recheck.is_none() || undoable(it))
            && self.attempts.iter().filter(open).count() <= 1
    }

    /// One of the whole or one of each part, and none that is more than what was paid.
    fn fees_are_sound(&self, attempt: &super::Attempt) -> bool {
        let parts = &self.order.parts;
        let paid = attempt.receipt.as_ref().map(|it| it.amount);
        let of_share = |index: usize| match paid {
            Some(_) if !parts.is_empty() => parts.get(index).map(|it| it.amount),
            Some(_) | None => paid,
        };
        let fits = |(index, it): (usize, &Fee)| match it.taken {
            Some(taken) => of_share(index).is_some_and(|it| it.checked_sub(taken).is_ok()),
            None => true,
        };
        let each = attempt.fees.is_empty() || attempt.fees.len() == parts.len().max(1);
        each && attempt.fees.iter().enumerate().all(fits)
    }

    fn refunds_are_sound(&self) -> bool {
        (0..).zip(&self.refunds).all(|(index, it)| {
            it.id.payment == self.id
                && it.id.number == next_number(index)
                && self.order.refunds_go_to(it.part)
                && self.attempt(it.attempt).is_some_and(|it| it.receipt.is_some())
        })
    }

    /// One attempt's money cannot pay for another's refunds.
    fn no_attempt_owes(&self) -> bool {
        self.attempts.iter().all(|attempt| {
            let Some(receipt) = &attempt.receipt else { return true };
            let held = |it: &&Refund| it.attempt == attempt.id && it.holds_money();
            let mut held = self.refunds.iter().filter(held);
            held.try_fold(receipt.amount, |left, it| left.checked_sub(it.amount)).is_ok()
        })
    }

    fn verdict_is_sound(&self) -> bool {
        let standing = |id| self.attempt(id).map(|it| &it.standing);
        let live = self.attempts.iter().any(|it| it.standing.is_live());
        match self.verdict {
            Verdict::Open => !self.attempts.iter().any(|it| it.receipt.is_some()),
            Verdict::Succeeded { attempt } => standing(attempt) == Some(&Standing::Paid),
            Verdict::Failed { attempt } => standing(attempt).is_some() && !live,
            Verdict::Closed => !live,
        }
    }
}
