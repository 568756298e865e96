//! The machine: one event meets one settlement, and says what of it moves money.

use super::{Event, Rejection, Settlement, State, Transition};
use crate::ledger::{Exit, Matter, Posting};
use crate::time::Timestamp;

impl Settlement {
    /// The only way a settlement changes.
    pub fn apply(&self, event: &Event, now: Timestamp) -> Result<Transition, Rejection> {
        let (state, journal) = match (&self.state, event) {
            (State::Draft, Event::Confirmed { .. }) => (State::Confirmed, self.reserved(now)),
            (State::Draft, Event::Discarded) => (State::Discarded, None),
            (State::Confirmed | State::Failed { .. }, Event::PayoutBegun { .. }) => {
                (State::Paying, None)
            }
            (State::Paying, Event::Failed { reason }) => {
                (State::Failed { reason: reason.clone() }, None)
            }
            (before, Event::Paid { exit, at, reference, .. }) if before.is_paid_by(exit) => {
                let (exit, reference) = (exit.clone(), reference.clone());
                let paid = self.paid(exit.clone(), now).map(|it| it.moved(*at));
                (State::Paid { exit, at: *at, reference }, paid)
            }
            (State::Paid { exit, .. }, Event::Returned { reason }) => {
                let back = self.taken_back(exit.clone(), now);
                (State::Returned { reason: reason.clone() }, back)
            }
            // While a transfer pays it, nobody knows that it will not be paid.
            (State::Confirmed | State::Failed { .. }, Event::Cancelled) => {
                (State::Cancelled, self.released(now))
            }
            (state, event) if state.is_known(event) && !self.is_another(event) => {
                return Ok(Transition::Redundant);
            }
            (
                State::Draft
                | State::Carried
                | State::Confirmed
                | State::Paying
                | State::Paid { .. }
                | State::Failed { .. }
                | State::Returned { .. }
                | State::Cancelled
                | State::Discarded,
                Event::Confirmed { .. }
                | Event::Discarded
                | Event::PayoutBegun { .. }
                | Event::Paid { .. }
                | Event::Failed { .. }
                | Event::Returned { .. }
                | Event::Cancelled,
            ) => return Err(Rejection::WrongState),
        };
        let notice = event.notice();
        let mut next = Self { state, version: self.version + 1, ..self.clone() };
        next.events += u16::from(notice.is_some());
        next.note(event);
        let journal = journal.into_iter().collect();
        Ok(Transition::Applied { next: Box::new(next), journal, notice })
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Confirmed { by } => self.confirmed_by.clone_from(by),
            Event::PayoutBegun { transfer } => {
                self.transfer = Some(*transfer);
                self.tries += 1;
            }
            Event::Paid { transfer: Some(transfer), .. } => self.transfer = Some(*transfer),
            Event::Discarded
            | Event::Paid { transfer: None, .. }
            | Event::Failed { .. }
            | Event::Returned { .. }
            | Event::Cancelled => {}
        }
    }

    /// A second transfer that paid is no repetition of the first.
    fn is_another(&self, event: &Event) -> bool {
        matches!(event, Event::Paid { transfer: Some(it), .. } if self.transfer != Some(*it))
    }

    fn matter(&self) -> Matter {
        Matter::Settlement(self.number.clone())
    }

    fn reserved(&self, now: Timestamp) -> Option<Posting> {
        Posting::reserve(&self.matter(), &self.merchant, self.amount(), now)
    }

    fn paid(&self, exit: Exit, now: Timestamp) -> Option<Posting> {
        Posting::pay(&self.matter(), &self.merchant, exit, self.amount(), now)
    }

    fn released(&self, now: Timestamp) -> Option<Posting> {
        Posting::release(&self.matter(), &self.merchant, self.amount(), now)
    }

    fn taken_back(&self, exit: Exit, now: Timestamp) -> Option<Posting> {
        Posting::take_back(&self.matter(), &self.merchant, exit, self.amount(), now)
    }
}

impl State {
    /// Outside only what no transfer may be paying; by a transfer also what it was said to have
    /// refused, since money that went out is a fact.
    const fn is_paid_by(&self, exit: &Exit) -> bool {
        match (self, exit) {
            (Self::Confirmed, Exit::Outside) | (Self::Paying, Exit::Channel(_)) => true,
            (Self::Failed { .. }, Exit::Outside | Exit::Channel(_)) => true,
            (
                Self::Draft
                | Self::Carried
                | Self::Confirmed
                | Self::Paying
                | Self::Paid { .. }
                | Self::Returned { .. }
                | Self::Cancelled
                | Self::Discarded,
                Exit::Outside | Exit::Channel(_),
            ) => false,
        }
    }

    fn is_known(&self, event: &Event) -> bool {
        match (self, event) {
            (Self::Confirmed, Event::Confirmed { .. })
            | (Self::Discarded, Event::Discarded)
            | (Self::Failed { .. }, Event::Failed { .. })
            | (Self::Returned { .. }, Event::Returned { .. })
            | (Self::Cancelled, Event::Cancelled) => true,
            (Self::Paid { exit: known, .. }, Event::Paid { exit, .. }) => known == exit,
            (
                Self::Draft
                | Self::Carried
                | Self::Confirmed
                | Self::Paying
                | Self::Paid { .. }
                | Self::Failed { .. }
                | Self::Returned { .. }
                | Self::Cancelled
                | Self::Discarded,
                Event::Confirmed { .. }
                | Event::Discarded
                | Event::PayoutBegun { .. }
                | Event::Paid { .. }
                | Event::Failed { .. }
                | Event::Returned { .. }
                | Event::Cancelled,
            ) => false,
        }
    }
}
