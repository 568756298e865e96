//! The machine: one event meets one settlement, and says what of it moves money.

use super::{Settlement, State};
use crate::ledger::{Exit, Matter, Posting};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The draft is agreed to: from now on its money is nobody else's.
    Confirmed,
    Discarded,
    /// Somebody begins to pay it.
    PayoutBegun,
    Paid {
        exit: Exit,
    },
    /// It was definitely not paid.
    Failed {
        reason: String,
    },
    /// Given up before it was paid.
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    Applied {
        next: Box<Settlement>,
        journal: Vec<Posting>,
    },
    /// The event says what is already known.
    Redundant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the settlement before it is still a draft")]
    Undecided,
    #[error("the period is closed: a settlement has what was booked in it")]
    PeriodClosed,
    #[error("the settlement cannot do that in its state")]
    WrongState,
    #[error("there are too many settlements")]
    TooMany,
}

impl Settlement {
    /// The only way a settlement changes.
    pub fn apply(&self, event: &Event, now: Timestamp) -> Result<Transition, Rejection> {
        let (state, journal) = match (&self.state, event) {
            (State::Draft, Event::Confirmed) => (State::Confirmed, self.reserved(now)),
            (State::Draft, Event::Discarded) => (State::Discarded, None),
            (State::Confirmed | State::Failed { .. }, Event::PayoutBegun) => (State::Paying, None),
            (State::Paying, Event::Failed { reason }) => {
                (State::Failed { reason: reason.clone() }, None)
            }
            // Paid outside, it may never have been "paying"; and money that went out is a fact.
            (State::Confirmed | State::Paying | State::Failed { .. }, Event::Paid { exit }) => {
                let paid = State::Paid { exit: exit.clone(), at: now };
                (paid, self.paid(exit.clone(), now))
            }
            // While somebody pays it, nobody knows that it will not be paid.
            (State::Confirmed | State::Failed { .. }, Event::Cancelled) => {
                (State::Cancelled, self.released(now))
            }
            (State::Confirmed, Event::Confirmed)
            | (State::Discarded, Event::Discarded)
            | (State::Paying, Event::PayoutBegun)
            | (State::Failed { .. }, Event::Failed { .. })
            | (State::Cancelled, Event::Cancelled) => return Ok(Transition::Redundant),
            (State::Paid { exit: known, .. }, Event::Paid { exit }) if known == exit => {
                return Ok(Transition::Redundant);
            }
            (
                State::Draft
                | State::Carried
                | State::Confirmed
                | State::Paying
                | State::Paid { .. }
                | State::Failed { .. }
                | State::Cancelled
                | State::Discarded,
                Event::Confirmed
                | Event::Discarded
                | Event::PayoutBegun
                | Event::Paid { .. }
                | Event::Failed { .. }
                | Event::Cancelled,
            ) => return Err(Rejection::WrongState),
        };
        let next = Self { state, version: self.version + 1, ..self.clone() };
        Ok(Transition::Applied { next: Box::new(next), journal: journal.into_iter().collect() })
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
}
