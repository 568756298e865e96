//! Requests about to leave: which may, and what is written before they do.

use std::time::Duration;

use super::apply::{Draft, Outcome, Step};
use super::{
    Attempt, Effect, MAX_ATTEMPTS, MAX_TRIES, Rejection, Standing, TillTimes, Verdict, Way,
    next_number, plan,
};
use crate::fee::{Fee, Terms};
use crate::id::{AccountId, AttemptId};
use crate::planted::bug;

impl Draft {
    /// The task of the attempt that is to come ends the payment if none comes.
    pub(super) fn offered(&mut self) -> Outcome {
        if self.next.version > 0 || self.next.order.cashier.is_none() {
            return Outcome::Redundant;
        }
        if !bug("offered-for-ever") {
            self.resolve(self.next.next_attempt_id(), self.next.order.expires_at);
        }
        Outcome::Changed
    }

    pub(super) fn dispatched(
        &mut self,
        id: AttemptId,
        account: &AccountId,
        way: &Way,
        till: Option<TillTimes>,
        terms: &[Terms],
    ) -> Outcome {
        if let Some(rejection) = self.forbids_dispatch() {
            return Outcome::Rejected(rejection);
        }
        // Another request has begun an attempt meanwhile.
        if id != self.next.next_attempt_id() {
            return Outcome::Rejected(Rejection::AttemptLive);
        }
        self.abandon_unseen();
        self.next.attempts.push(Attempt {
            id,
            account: account.clone(),
            way: way.clone(),
            till,
            standing: Standing::InDoubt,
            dispatched_at: self.at,
            sends: 1,
            superseded: false,
            recheck: None,
            action: None,
            receipt: None,
            fees: terms.iter().copied().map(Fee::under).collect(),
        });
        // Whatever becomes of the call, somebody will ask.
        if !bug("dispatch-without-question") {
            self.resolve(id, self.at.after(plan::first_pause(till)));
        }
        Outcome::Changed
    }

    /// Another attempt needs the others unable to take money, or never seen by anyone.
    fn forbids_dispatch(&self) -> Option<Rejection> {
        if let Some(rejection) = self.next.forbids_another(self.at) {
            return Some(rejection);
        }
        let current = self.next.current().map(|it| it.id);
        // The current attempt's no is the payment's; one left behind has no say.
        let refused = |it: &Attempt| {
            let current = current == Some(it.id) && !self.next.outlives(it);
            matches!(it.standing, Standing::Refused(_)) && current
        };
        let waived = |it: &Attempt| it.standing == Standing::InDoubt && bug("new-number-on-retry");
        let blocks = |it: &Attempt| refused(it) || it.may_be_paid() && !waived(it);
        if self.next.attempts.iter().any(blocks) {
            return Some(Rejection::AttemptLive);
        }
        self.spent()
    }

    /// Whether all attempts there may be were made.
    pub(super) fn spent(&self) -> Option<Rejection> {
        let sent = self.next.attempts.iter().filter(|it| it.standing != Standing::Unsent);
        let spent = sent.count() >= MAX_ATTEMPTS || self.next.attempts.len() >= MAX_TRIES;
        spent.then_some(Rejection::TooManyAttempts)
    }

    /// An order that can be paid is never without its question; an unwanted one is closed now.
    pub(super) fn ask_soon(&mut self, id: AttemptId) {
        let till = self.next.attempt(id).and_then(|it| it.till);
        let pause = if self.is_unwanted() { Duration::ZERO } else { plan::first_pause(till) };
        self.resolve(id, self.at.after(pause));
    }

    /// Whether nothing more may be sent for this payment.
    fn is_unwanted(&self) -> bool {
        self.next.verdict != Verdict::Open || self.next.is_over(self.at)
    }

    /// An attempt in doubt whose code nobody saw: left behind, closed at the channel, watched.
    fn abandon_unseen(&mut self) {
        let at = self.at;
        for attempt in &mut self.next.attempts {
            if attempt.standing == Standing::InDoubt {
                attempt.standing = Standing::Abandoned;
                self.effects.push(Effect::Resolve { attempt: attempt.id, due: at });
            }
        }
    }

    pub(super) fn resent(&mut self, id: AttemptId) -> Step {
        let unwanted = self.is_unwanted();
        let attempt = self.attempt(id)?;
        match attempt.standing {
            // What was true when the repeat was decided may be over now.
            Standing::InDoubt if unwanted || attempt.superseded => {
                Ok(Outcome::Rejected(Rejection::Ended))
            }
            Standing::InDoubt => {
                attempt.sends = next_number(attempt.sends.into());
                Ok(Outcome::Changed)
            }
            Standing::Pending
            | Standing::Reversing
            | Standing::Unsent
            | Standing::Abandoned
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => Ok(Outcome::Rejected(Rejection::AttemptLive)),
        }
    }
}
