//! Money coming in, and what of it goes back unasked: this must never be wrong.

use super::apply::{Draft, Outcome, Step};
use super::{Contradiction, Notice, PartNo, Receipt, Standing, Surplus, Verdict};
use crate::id::{AttemptId, OrderNo};
use crate::money::Money;
use crate::planted::bug;
use crate::refund::{Cause, Refund, RefundState};

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
        self.charge_fee(id);
        Ok(Outcome::Changed)
    }

    /// Once, since an attempt is paid once; and nothing of money that goes back.
    fn charge_fee(&mut self, id: AttemptId) {
        if self.next.is_surplus(id) {
            return;
        }
        let parts: Vec<_> = self.next.order.parts.iter().map(|it| it.amount).collect();
        let Ok(attempt) = self.attempt(id) else { return };
        let paid = attempt.receipt.as_ref().map(|it| it.amount);
        let shares = if parts.is_empty() { paid.into_iter().collect() } else { parts };
        for (fee, paid) in attempt.fees.iter_mut().zip(shares) {
            fee.taken = Some(fee.terms.of(paid)).filter(|it| it.minor() > 0);
        }
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

    /// Happens once for an attempt, since an attempt is paid once; each part goes back by itself.
    fn give_back(&mut self, attempt: AttemptId, cause: Cause) {
        if self.next.order.parts.is_empty() {
            return self.give_back_part(attempt, cause, None, self.next.order.amount);
        }
        for number in self.next.order.part_numbers() {
            if let Some(amount) = self.next.order.part(number).map(|it| it.amount) {
                self.give_back_part(attempt, cause, Some(number), amount);
            }
        }
    }

    /// Its number is the channel's own for what was paid.
    fn give_back_part(
        &mut self,
        attempt: AttemptId,
        cause: Cause,
        part: Option<PartNo>,
        amount: Money,
    ) {
        let refund_no = attempt.out_trade_no(part).parse::<OrderNo>();
        let refund_no = refund_no.expect("it is letters, digits and a hyphen");
        self.reserve(Refund {
            id: self.next_refund_id(),
            attempt,
            part,
            refund_no,
            amount,
            reason: None,
            door: None,
            cause,
            state: RefundState::InDoubt,
            channel_refund_no: None,
            created_at: self.at,
            round: 0,
            turn: None,
            sends: 0,
            ended: None,
        });
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
