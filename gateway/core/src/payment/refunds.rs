//! Refunds of one payment: reserved first, sent in turn, released on a definite no.

use std::time::Duration;

use super::apply::{Draft, Outcome, Step, unexpected};
use super::{
    Contradiction, Door, Effect, MAX_REFUNDS, Notice, PartNo, Payment, Rejection, Verdict,
    next_number,
};
use crate::id::{AttemptId, OrderNo, RefundId, RefundNo};
use crate::money::Money;
use crate::planted::bug;
use crate::refund::{Cause, Refund, RefundChange, RefundFact, RefundState};
use crate::time::Timestamp;

/// The pause Alipay asks for between a refund and the first question about it.
const FIRST_QUESTION: Duration = Duration::from_secs(10);

impl Draft {
    pub(super) fn refund_requested(
        &mut self,
        refund_no: &OrderNo,
        amount: Money,
        (reason, door): (Option<&String>, Option<&Door>),
        part: Option<PartNo>,
        apart: Duration,
    ) -> Outcome {
        let same = |it: &Refund| {
            let asked = it.cause == Cause::Merchant && it.refund_no == *refund_no;
            asked && (it.amount, it.part) == (amount, part)
        };
        // One number is one refund, however often it is asked for.
        if self.next.refunds.iter().any(same) {
            return Outcome::Redundant;
        }
        let attempt = match refundable_attempt(&self.next, amount, part) {
            Ok(attempt) => attempt,
            Err(rejection) => return Outcome::Rejected(rejection),
        };
        let turn = self.turn(attempt, part, apart);
        let now = turn == self.at;
        self.reserve(Refund {
            id: self.next_refund_id(),
            attempt,
            part,
            refund_no: refund_no.clone(),
            amount,
            reason: reason.cloned(),
            door: door.cloned(),
            cause: Cause::Merchant,
            state: RefundState::InDoubt,
            channel_refund_no: None,
            created_at: self.at,
            round: 0,
            turn: (!now).then_some(turn),
            // Whoever asked for it sends it, right behind this commit.
            sends: u16::from(now),
            ended: None,
        });
        Outcome::Changed
    }

    /// Reserved anew where the money was free again.
    pub(super) fn refund_retried(&mut self, id: RefundId, apart: Duration) -> Step {
        let refund = self.refund_of(id)?.clone();
        let turn = self.turn(refund.attempt, refund.part, apart);
        let next = match refund.retried(turn) {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(Outcome::Redundant),
            Err(rejection) => return Ok(Outcome::Rejected(rejection)),
        };
        let (attempt, part) = (refund.attempt, refund.part);
        if !refund.holds_money() && !covers(&self.next, attempt, part, refund.amount) {
            return Ok(Outcome::Rejected(Rejection::ExceedsPaid));
        }
        if next.round > refund.round && numbers(&self.next, refund.attempt) >= MAX_REFUNDS {
            return Ok(Outcome::Rejected(Rejection::TooManyRefunds));
        }
        // Whoever asked for it walks it now; its task comes behind, or in its turn.
        let due = if turn == self.at { turn.after(FIRST_QUESTION) } else { turn };
        self.effects.push(Effect::Refund { refund: id, due });
        *self.refund_of(id)? = next;
        Ok(Outcome::Changed)
    }

    /// When the next refund of this order at the channel may leave.
    fn turn(&self, attempt: AttemptId, part: Option<PartNo>, apart: Duration) -> Timestamp {
        let same = |it: &&Refund| (it.attempt, it.part) == (attempt, part);
        let others = self.next.refunds.iter().filter(same);
        let free = others.map(|it| it.turn().after(apart));
        // What was asked for long ago is in nobody's way, and without a pause nothing is.
        free.filter(|_| !apart.is_zero()).fold(self.at, Timestamp::max)
    }

    /// Reserve first, call later: the row holds the money from here on.
    pub(super) fn reserve(&mut self, refund: Refund) {
        // What nobody sends now, its task sends.
        let turn = refund.turn();
        let due = if refund.sends > 0 { turn.after(FIRST_QUESTION) } else { turn };
        self.effects.push(Effect::Refund { refund: refund.id, due });
        self.next.refunds.push(refund);
    }

    pub(super) fn refund_resent(&mut self, id: RefundId) -> Step {
        let refund = self.refund_of(id)?;
        if !refund.may_be_sent() || refund.sends == u16::MAX {
            return Ok(Outcome::Redundant);
        }
        refund.sends += 1;
        Ok(Outcome::Changed)
    }

    /// One of the sends that were begun provably never left.
    pub(super) fn refund_unsent(&mut self, id: RefundId) -> Step {
        let refund = self.refund_of(id)?;
        if !refund.may_be_sent() || refund.sends == 0 {
            return Ok(Outcome::Redundant);
        }
        refund.sends -= 1;
        Ok(Outcome::Changed)
    }

    fn refund_of(&mut self, id: RefundId) -> Result<&mut Refund, Contradiction> {
        let found = self.next.refunds.iter_mut().find(|it| it.id == id);
        found.ok_or(Contradiction::UnknownRefund)
    }

    pub(super) fn refund(&mut self, number: RefundNo, fact: &RefundFact) -> Step {
        let found = self.next.refunds.iter().position(|it| it.id == number.refund);
        let index = found.ok_or(Contradiction::UnknownRefund)?;
        let refund = &self.next.refunds[index];
        if number != refund.number() && !bug("closed-number-believed") {
            return of_another_number(refund, number, fact);
        }
        match refund.apply(fact)? {
            RefundChange::Redundant => return Ok(Outcome::Redundant),
            RefundChange::Changed(next) => {
                let regains = next.holds_money() && !refund.holds_money();
                let left = self.next.refundable_part(next.attempt, next.part);
                let covered = left.checked_sub(next.amount).is_ok();
                // A refund we had given up went out after all, and its money is spent elsewhere.
                if regains && !covered {
                    return unexpected(fact.name());
                }
                let settled = next.state.name() != refund.state.name();
                self.next.refunds[index] = *next;
                if settled {
                    self.tell_refund(index);
                }
            }
        }
        Ok(Outcome::Changed)
    }

    fn tell_refund(&mut self, index: usize) {
        let refund = self.next.refunds[index].id;
        match self.next.refunds[index].state {
            RefundState::InDoubt | RefundState::Processing => {}
            RefundState::Succeeded { .. } => self.tell(Notice::RefundSucceeded { refund }),
            RefundState::Failed(_) => self.tell(Notice::RefundFailed { refund }),
            RefundState::Abnormal(_) => self.tell(Notice::RefundAbnormal { refund }),
        }
    }

    pub(super) fn next_refund_id(&self) -> RefundId {
        RefundId { payment: self.next.id, number: next_number(self.next.refunds.len()) }
    }
}

/// The attempt a merchant's refund takes its money from, if there is enough of it.
fn refundable_attempt(
    payment: &Payment,
    amount: Money,
    part: Option<PartNo>,
) -> Result<AttemptId, Rejection> {
    let Verdict::Succeeded { attempt } = payment.verdict else { return Err(Rejection::NotPaid) };
    if amount.currency() != payment.order.amount.currency() {
        return Err(Rejection::OtherCurrency);
    }
    if amount.minor() == 0 {
        return Err(Rejection::NothingToRefund);
    }
    if !payment.order.refunds_go_to(part) {
        return Err(Rejection::PartUnknown);
    }
    if !covers(payment, attempt, part, amount) {
        let held = payment.unrefunded(attempt).checked_sub(amount).is_ok();
        let shared = held && payment.shared(attempt).minor() > 0;
        return Err(if shared { Rejection::SharedOut } else { Rejection::ExceedsPaid });
    }
    let spent = numbers(payment, attempt) >= MAX_REFUNDS;
    if spent { Err(Rejection::TooManyRefunds) } else { Ok(attempt) }
}

fn covers(payment: &Payment, attempt: AttemptId, part: Option<PartNo>, amount: Money) -> bool {
    let left = payment.refundable_part(attempt, part);
    left.checked_sub(amount).is_ok() || bug("reserve-unchecked")
}

/// How many refunds its channel has been asked for.
fn numbers(payment: &Payment, attempt: AttemptId) -> usize {
    let refunds = payment.refunds.iter().filter(|it| it.attempt == attempt);
    refunds.map(|it| usize::from(it.round) + 1).sum()
}

/// A number that was closed stays so: what is told of it is old, and money under it is a matter
/// for a person.
fn of_another_number(refund: &Refund, number: RefundNo, fact: &RefundFact) -> Step {
    let paid = matches!(fact, RefundFact::Succeeded { .. });
    if number.round > refund.round || paid {
        return unexpected(fact.name());
    }
    Ok(Outcome::Redundant)
}
