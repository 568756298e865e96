//! Money coming in and going back: the part of the machine that must never be wrong.

use std::time::Duration;

use super::apply::{Draft, Outcome, Step, unexpected};
use super::{
    Contradiction, Effect, MAX_REFUNDS, Notice, Payment, Receipt, Rejection, Standing, Surplus,
    Verdict, next_number,
};
use crate::id::{AttemptId, OrderNo, RefundId};
use crate::money::Money;
use crate::planted::bug;
use crate::refund::{Cause, Refund, RefundChange, RefundFact, RefundState};

/// The pause Alipay asks for between a refund and the first question about it.
const FIRST_QUESTION: Duration = Duration::from_secs(10);

impl Draft {
    /// `asked_at`: of a question that was asked because of what was known at that version.
    pub(super) fn paid(&mut self, id: AttemptId, receipt: &Receipt, asked_at: Option<u64>) -> Step {
        let expected = self.next.order.amount;
        if receipt.amount != expected && !bug("amount-unchecked") {
            return Err(Contradiction::AmountDiffers { expected, reported: receipt.amount });
        }
        let told = matches!(self.next.verdict, Verdict::Failed { .. } | Verdict::Closed);
        let attempt = self.attempt(id)?;
        if let Some(known) = attempt.receipt.as_ref().filter(|_| !bug("success-told-again")) {
            return same_trade(known, receipt);
        }
        if told && bug("late-success-dropped") {
            return Ok(Outcome::Redundant);
        }
        if let Some(outcome) = self.undone(id, asked_at) {
            return Ok(outcome);
        }
        let attempt = self.attempt(id)?;
        (attempt.standing, attempt.recheck) = (Standing::Paid, None);
        attempt.receipt = Some(receipt.clone());
        match self.next.verdict {
            Verdict::Open => self.succeed(id),
            Verdict::Succeeded { .. } => self.duplicate(id),
            Verdict::Failed { .. } | Verdict::Closed => self.late(id),
        }
        Ok(Outcome::Changed)
    }

    fn succeed(&mut self, attempt: AttemptId) {
        self.next.verdict = Verdict::Succeeded { attempt };
        self.tell(Notice::PaymentSucceeded);
        // A sibling that could still be paid must not be.
        self.wake_live();
    }

    fn duplicate(&mut self, attempt: AttemptId) {
        self.tell(Notice::PaymentDuplicatePaid { attempt });
        match self.next.order.policy.duplicate {
            Surplus::Refund if bug("duplicate-kept") => {}
            Surplus::Refund => self.give_back(attempt, Cause::Duplicate),
            Surplus::Accept | Surplus::Flag => {}
        }
    }

    /// Money after closing is still money.
    fn late(&mut self, attempt: AttemptId) {
        self.tell(Notice::PaymentLatePaid { attempt });
        match self.next.order.policy.late {
            Surplus::Accept => self.succeed(attempt),
            Surplus::Refund => self.give_back(attempt, Cause::Late),
            Surplus::Flag => {}
        }
    }

    /// Happens once for an attempt, since an attempt is paid once; the number is the refund's id.
    fn give_back(&mut self, attempt: AttemptId, cause: Cause) {
        let id = self.next_refund_id();
        let refund_no = attempt.to_string().parse::<OrderNo>();
        let refund_no = refund_no.expect("an attempt id is letters and digits");
        self.reserve(Refund {
            id,
            attempt,
            refund_no,
            amount: self.next.order.amount,
            reason: None,
            cause,
            state: RefundState::InDoubt,
            channel_refund_no: None,
            created_at: self.at,
            sends: 0,
        });
    }

    pub(super) fn refund_requested(
        &mut self,
        refund_no: &OrderNo,
        amount: Money,
        reason: Option<&String>,
    ) -> Outcome {
        let same = |it: &Refund| {
            it.cause == Cause::Merchant && it.refund_no == *refund_no && it.amount == amount
        };
        // One number is one refund, however often it is asked for.
        if self.next.refunds.iter().any(same) {
            return Outcome::Redundant;
        }
        let attempt = match refundable_attempt(&self.next, amount) {
            Ok(attempt) => attempt,
            Err(rejection) => return Outcome::Rejected(rejection),
        };
        self.reserve(Refund {
            id: self.next_refund_id(),
            attempt,
            refund_no: refund_no.clone(),
            amount,
            reason: reason.cloned(),
            cause: Cause::Merchant,
            state: RefundState::InDoubt,
            channel_refund_no: None,
            created_at: self.at,
            // Whoever asked for it sends it, right behind this commit.
            sends: 1,
        });
        Outcome::Changed
    }

    /// Reserve first, call later: the row holds the money from here on.
    fn reserve(&mut self, refund: Refund) {
        let due = match refund.cause {
            Cause::Merchant => self.at.after(FIRST_QUESTION),
            Cause::Duplicate | Cause::Late => self.at,
        };
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

    pub(super) fn refund(&mut self, id: RefundId, fact: &RefundFact) -> Step {
        let found = self.next.refunds.iter().position(|it| it.id == id);
        let index = found.ok_or(Contradiction::UnknownRefund)?;
        let refund = &self.next.refunds[index];
        match refund.apply(fact)? {
            RefundChange::Redundant => return Ok(Outcome::Redundant),
            RefundChange::Changed(next) => {
                let regains = next.holds_money() && !refund.holds_money();
                let covered = self.next.refundable(next.attempt).checked_sub(next.amount).is_ok();
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

    fn next_refund_id(&self) -> RefundId {
        RefundId { payment: self.next.id, number: next_number(self.next.refunds.len()) }
    }
}

fn same_trade(known: &Receipt, reported: &Receipt) -> Step {
    if known.channel_trade_no == reported.channel_trade_no {
        return Ok(Outcome::Redundant);
    }
    Err(Contradiction::TradeDiffers {
        known: known.channel_trade_no.clone(),
        reported: reported.channel_trade_no.clone(),
    })
}

/// The attempt a merchant's refund takes its money from, if there is enough of it.
fn refundable_attempt(payment: &Payment, amount: Money) -> Result<AttemptId, Rejection> {
    let Verdict::Succeeded { attempt } = payment.verdict else { return Err(Rejection::NotPaid) };
    if amount.currency() != payment.order.amount.currency() {
        return Err(Rejection::OtherCurrency);
    }
    if amount.minor() == 0 {
        return Err(Rejection::NothingToRefund);
    }
    if payment.refundable(attempt).checked_sub(amount).is_err() && !bug("reserve-unchecked") {
        return Err(Rejection::ExceedsPaid);
    }
    let asked = payment.refunds.iter().filter(|it| it.cause == Cause::Merchant).count();
    if asked >= MAX_REFUNDS { Err(Rejection::TooManyRefunds) } else { Ok(attempt) }
}
