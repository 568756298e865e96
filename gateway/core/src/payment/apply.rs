//! The machine: one event meets one payment. Exhaustive; no event is ever lost in a wildcard.

use super::{
    Action, Attempt, CloseReason, Contradiction, EXPIRY_MARGIN, Effect, Event, Notice, Payment,
    Refusal, Rejection, Report, Standing, Transition, Verdict,
};
use crate::id::AttemptId;
use crate::planted::bug;
use crate::time::Timestamp;

/// What one transition did.
pub(super) enum Outcome {
    Changed,
    Redundant,
    Rejected(Rejection),
}

pub(super) type Step = Result<Outcome, Contradiction>;

/// A payment being changed; thrown away unless the transition completes.
pub(super) struct Draft {
    pub(super) next: Payment,
    pub(super) effects: Vec<Effect>,
    pub(super) at: Timestamp,
}

impl Payment {
    /// The only way a payment changes.
    pub fn apply(&self, event: &Event, at: Timestamp) -> Result<Transition, Contradiction> {
        let mut draft = Draft { next: self.clone(), effects: vec![], at };
        match draft.meet(event)? {
            Outcome::Redundant => Ok(Transition::Redundant),
            Outcome::Rejected(rejection) => Ok(Transition::Rejected(rejection)),
            Outcome::Changed => {
                draft.next.attempts.iter_mut().for_each(Attempt::forget_code);
                draft.next.version += 1;
                Ok(Transition::Applied { next: Box::new(draft.next), effects: draft.effects })
            }
        }
    }
}

impl Draft {
    fn meet(&mut self, event: &Event) -> Step {
        match event {
            Event::Offered => Ok(self.offered()),
            Event::Dispatched { attempt, account, way, till, terms } => {
                Ok(self.dispatched(*attempt, account, way, *till, terms))
            }
            Event::Resent { attempt } => self.resent(*attempt),
            Event::Accepted { attempt, action } => self.accepted(*attempt, action),
            Event::Unsent { attempt } => self.unsent(*attempt),
            Event::Refused { attempt, refusal } => self.refused(*attempt, refusal),
            Event::Paid { attempt, receipt } => self.paid(*attempt, receipt, None),
            Event::StillPaid { attempt, receipt, asked_at } => {
                self.paid(*attempt, receipt, Some(*asked_at))
            }
            Event::Returned { attempt, asked_at } => self.returned(*attempt, *asked_at),
            Event::Reversing { attempt } => self.reversing(*attempt),
            Event::Superseded { attempt } => self.superseded(*attempt),
            Event::Closed { attempt } => self.closed(*attempt),
            Event::CloseRequested { reason } => Ok(self.close_requested(*reason)),
            Event::RefundRequested { refund_no, amount, reason, part, door, apart } => {
                let (amount, words) = (*amount, (reason.as_ref(), door.as_ref()));
                Ok(self.refund_requested(refund_no, amount, words, *part, *apart))
            }
            Event::RefundRetried { refund, apart } => self.refund_retried(*refund, *apart),
            Event::RefundResent { refund } => self.refund_resent(*refund),
            Event::RefundUnsent { refund } => self.refund_unsent(*refund),
            Event::Refund { number, fact } => self.refund(*number, fact),
            Event::SplitRequested(new) => Ok(self.split_requested(new)),
            Event::SplitResent { split } => self.split_resent(*split),
            Event::SplitUnsent { split } => self.split_unsent(*split),
            Event::Split { split, fact } => self.split(*split, fact),
        }
    }

    fn accepted(&mut self, id: AttemptId, action: &Action) -> Step {
        let attempt = self.attempt(id)?;
        match attempt.standing {
            Standing::InDoubt => {
                attempt.standing = Standing::Pending;
                attempt.action = Some(action.clone());
                self.ask_soon(id);
                Ok(Outcome::Changed)
            }
            // A query found the order before its code was known.
            Standing::Pending if attempt.action.is_none() => {
                attempt.action = Some(action.clone());
                Ok(Outcome::Changed)
            }
            // A slow answer behind faster news; an abandoned code stays unseen.
            Standing::Pending
            | Standing::Reversing
            | Standing::Paid
            | Standing::Closed
            | Standing::Abandoned => Ok(Outcome::Redundant),
            // A repeat was refused; the first send's slow "yes" was seen by nobody.
            Standing::Refused(_) if attempt.sends > 1 => Ok(Outcome::Redundant),
            Standing::Unsent | Standing::Refused(_) => unexpected("attempt.accepted"),
        }
    }

    fn refused(&mut self, id: AttemptId, refusal: &Refusal) -> Step {
        let lapsed = self.next.is_lapsed(id, self.at);
        let attempt = self.attempt(id)?;
        // A no to one of several sends says nothing of another that was shown or has charged.
        let payable = attempt.till.is_some() || attempt.standing == Standing::Pending;
        let payable = payable && !bug("refused-by-a-repeat");
        match attempt.standing {
            Standing::InDoubt | Standing::Pending | Standing::Reversing
                if payable && attempt.sends > 1 && !lapsed || attempt.recheck.is_some() =>
            {
                Ok(Outcome::Redundant)
            }
            Standing::InDoubt | Standing::Pending | Standing::Reversing | Standing::Abandoned => {
                attempt.standing = Standing::Refused(refusal.clone());
                self.settle_if_over();
                Ok(Outcome::Changed)
            }
            // Money and closing are stronger than an old "no".
            Standing::Refused(_) | Standing::Closed | Standing::Paid => Ok(Outcome::Redundant),
            Standing::Unsent => unexpected("attempt.refused"),
        }
    }

    fn closed(&mut self, id: AttemptId) -> Step {
        let (version, at) = (self.next.version + 1, self.at);
        let attempt = self.attempt(id)?;
        match attempt.standing {
            Standing::InDoubt | Standing::Pending | Standing::Reversing | Standing::Abandoned => {
                attempt.standing = Standing::Closed;
                // From now on: until now another request to undo it may have left.
                let ask_at = at.after(EXPIRY_MARGIN);
                if let Some(report) = &mut attempt.recheck {
                    *report = Report { version, ask_at };
                    self.resolve(id, ask_at);
                }
                self.settle_if_over();
                Ok(Outcome::Changed)
            }
            // "Paid" beats "closed": a refunded order is reported closed, too.
            Standing::Paid | Standing::Closed | Standing::Refused(_) | Standing::Unsent => {
                Ok(Outcome::Redundant)
            }
        }
    }

    fn close_requested(&mut self, reason: CloseReason) -> Outcome {
        match self.next.verdict {
            Verdict::Succeeded { .. } => return Outcome::Rejected(Rejection::AlreadyPaid),
            Verdict::Failed { .. } | Verdict::Closed => return Outcome::Redundant,
            Verdict::Open if self.next.closing.is_some() => return Outcome::Redundant,
            Verdict::Open => {}
        }
        self.next.closing = Some(reason);
        self.wake_live();
        self.settle_if_over();
        Outcome::Changed
    }

    /// A negative verdict needs proof: no attempt left that money could come from.
    pub(super) fn settle_if_over(&mut self) {
        let live = self.next.attempts.iter().any(|it| it.standing.is_live());
        if live || self.next.verdict != Verdict::Open {
            return;
        }
        let refused =
            |it: &&Attempt| matches!(it.standing, Standing::Refused(_)) && !self.next.outlives(it);
        if let Some(last) = self.next.attempts.last().filter(refused) {
            self.next.verdict = Verdict::Failed { attempt: last.id };
            self.tell(Notice::PaymentFailed);
        } else if self.next.closing.is_some() {
            self.next.verdict = Verdict::Closed;
            self.tell(Notice::PaymentClosed);
        }
    }

    /// Live attempts are to be closed now.
    pub(super) fn wake_live(&mut self) {
        let live = self.next.attempts.iter().filter(|it| it.standing.is_live());
        let due = self.at;
        self.effects.extend(live.map(|it| Effect::Resolve { attempt: it.id, due }));
    }

    pub(super) fn resolve(&mut self, attempt: AttemptId, due: Timestamp) {
        self.effects.push(Effect::Resolve { attempt, due });
    }

    pub(super) fn tell(&mut self, notice: Notice) {
        self.next.events = self.next.events.saturating_add(1);
        self.effects.push(Effect::Tell { number: self.next.events, notice });
    }

    pub(super) fn attempt(&mut self, id: AttemptId) -> Result<&mut Attempt, Contradiction> {
        let found = self.next.attempts.iter_mut().find(|it| it.id == id);
        found.ok_or(Contradiction::UnknownAttempt)
    }
}

pub(super) fn unexpected(event: &'static str) -> Step {
    Err(Contradiction::Unexpected { event })
}
