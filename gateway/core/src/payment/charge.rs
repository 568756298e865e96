//! Attempts that must end before there is an answer: charges being undone, and whatever makes room
//! for another attempt.

use super::apply::{Draft, Outcome, Step};
use super::{EXPIRY_MARGIN, Payment, Rejection, Report, Standing, Verdict};
use crate::id::AttemptId;
use crate::planted::bug;
use crate::time::Timestamp;

impl Draft {
    /// The request to undo it returns what was paid, so success must not be told behind it. Whoever
    /// is about to send it works on the attempt's task, or beside it.
    pub(super) fn reversing(&mut self, id: AttemptId) -> Step {
        let attempt = self.attempt(id)?;
        match attempt.standing {
            Standing::InDoubt | Standing::Pending if attempt.till.is_some() => {
                attempt.standing = Standing::Reversing;
                Ok(Outcome::Changed)
            }
            Standing::InDoubt
            | Standing::Pending
            | Standing::Reversing
            | Standing::Unsent
            | Standing::Abandoned
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => Ok(Outcome::Redundant),
        }
    }

    /// Money of a charge that is being undone goes back; of one that was undone it may have. Only
    /// the channel's word of afterwards counts.
    pub(super) fn undone(&mut self, id: AttemptId, asked_at: Option<u64>) -> Option<Outcome> {
        let (version, ask_at) = (self.next.version + 1, self.at.after(EXPIRY_MARGIN));
        let attempt = self.attempt(id).ok().filter(|it| it.till.is_some())?;
        let afresh = asked_at.is_some_and(|it| attempt.rechecked(it));
        match attempt.standing {
            Standing::Reversing if asked_at.is_some() || bug("paid-while-reversing") => None,
            Standing::Reversing => {
                attempt.recheck = Some(Report { version, ask_at });
                Some(Outcome::Changed)
            }
            // What was refused may have been undone on the way.
            Standing::Closed | Standing::Refused(_) if !afresh && !bug("paid-after-reversal") => {
                attempt.recheck = Some(Report { version, ask_at });
                self.resolve(id, ask_at);
                Some(Outcome::Changed)
            }
            Standing::InDoubt
            | Standing::Pending
            | Standing::Unsent
            | Standing::Abandoned
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => None,
        }
    }

    pub(super) fn returned(&mut self, id: AttemptId, asked_at: u64) -> Step {
        let attempt = self.attempt(id)?;
        let ended = matches!(attempt.standing, Standing::Closed | Standing::Refused(_));
        if !ended || !attempt.rechecked(asked_at) {
            return Ok(Outcome::Redundant);
        }
        attempt.recheck = None;
        Ok(Outcome::Changed)
    }

    /// Its payment stays open; only this attempt is ended at its channel.
    pub(super) fn superseded(&mut self, id: AttemptId) -> Step {
        // What can be paid is not ended for an attempt that may not begin.
        if let Some(rejection) = self.next.forbids_another(self.at).or_else(|| self.spent()) {
            return Ok(Outcome::Rejected(rejection));
        }
        let attempt = self.attempt(id)?;
        if attempt.superseded || !attempt.may_be_paid() {
            return Ok(Outcome::Redundant);
        }
        attempt.superseded = true;
        self.resolve(id, self.at);
        Ok(Outcome::Changed)
    }

    pub(super) fn unsent(&mut self, id: AttemptId) -> Step {
        let attempt = self.attempt(id)?;
        match attempt.standing {
            // One of several sends: it proves nothing about the others.
            Standing::InDoubt | Standing::Pending | Standing::Reversing | Standing::Abandoned
                if attempt.sends > 1 && !bug("repeat-proves-unsent") =>
            {
                attempt.sends -= 1;
                Ok(Outcome::Changed)
            }
            Standing::InDoubt | Standing::Abandoned | Standing::Reversing
                if attempt.recheck.is_none() && attempt.action.is_none() =>
            {
                attempt.standing = Standing::Unsent;
                self.settle_if_over();
                Ok(Outcome::Changed)
            }
            Standing::InDoubt
            | Standing::Abandoned
            | Standing::Pending
            | Standing::Reversing
            | Standing::Unsent
            | Standing::Refused(_)
            | Standing::Closed
            | Standing::Paid => Ok(Outcome::Redundant),
        }
    }
}

impl Payment {
    /// Why no other attempt is to be begun, whatever became of those there are.
    pub(super) fn forbids_another(&self, at: Timestamp) -> Option<Rejection> {
        match self.verdict {
            Verdict::Succeeded { .. } => Some(Rejection::AlreadyPaid),
            Verdict::Failed { .. } | Verdict::Closed => Some(Rejection::Ended),
            Verdict::Open => self.is_over(at).then_some(Rejection::Ended),
        }
    }
}
