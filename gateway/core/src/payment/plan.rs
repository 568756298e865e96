//! What to do next about an attempt: decided from the state, never from the task that asks.

use std::time::Duration;

use super::{Attempt, Payment, Standing, Verdict};
use crate::id::AttemptId;
use crate::planted::bug;
use crate::time::Timestamp;

/// The first question after a dispatch: later than an answer takes, sooner than a payer scans.
pub(super) const FIRST_QUERY: Duration = Duration::from_secs(5);
/// Questions about an order are never further apart than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// "No such order" proves nothing before expiry and this margin: a request may be in flight, and
/// an Alipay QR order does not exist until it is scanned.
pub const EXPIRY_MARGIN: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is left to find out.
    Done,
    /// No attempt is alive and there is still time for another.
    Wait { until: Timestamp },
    /// No attempt is alive and time is up.
    Expire,
    /// Ask the channel what became of it. An order in doubt that turns out to wait for its payer
    /// is sent again while [`Payment::absence`] says so, and closed at once when it does not.
    Query,
    /// Ask the channel to close it.
    Close,
}

/// What "no such order" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Nothing yet.
    Wait,
    /// The request is still wanted: send it again under the same number.
    Resend,
    /// It can no longer come into being.
    Gone,
}

impl Payment {
    pub fn plan(&self, id: AttemptId, now: Timestamp) -> Plan {
        let Some(attempt) = self.attempt(id) else { return Plan::Done };
        if attempt.standing.is_live() {
            return self.plan_live(attempt, now);
        }
        let current = self.current().is_some_and(|it| it.id == id);
        match self.verdict {
            // Closing waits for a live sibling, and the sibling's own task ends it.
            Verdict::Open if self.closing.is_some() => Plan::Done,
            Verdict::Open if current && self.is_over(now) => Plan::Expire,
            Verdict::Open if current => Plan::Wait { until: self.order.expires_at },
            Verdict::Open
            | Verdict::Succeeded { .. }
            | Verdict::Failed { .. }
            | Verdict::Closed => Plan::Done,
        }
    }

    fn plan_live(&self, attempt: &Attempt, now: Timestamp) -> Plan {
        // In doubt, ask first: a close could overtake the request, or undo what was just paid.
        let known = attempt.standing != Standing::InDoubt;
        if known && self.is_unwanted(attempt, now) { Plan::Close } else { Plan::Query }
    }

    pub fn absence(&self, id: AttemptId, now: Timestamp) -> Absence {
        let Some(attempt) = self.attempt(id) else { return Absence::Wait };
        if self.is_lapsed(now) || bug("closed-without-proof") {
            return Absence::Gone;
        }
        let asked = attempt.standing == Standing::InDoubt && !self.is_unwanted(attempt, now);
        if asked { Absence::Resend } else { Absence::Wait }
    }

    /// Dense at first, sparse later: half the attempt's age, within bounds; and at expiry.
    pub fn ask_again_at(&self, id: AttemptId, now: Timestamp) -> Timestamp {
        let since = self.attempt(id).map_or(now, |it| it.dispatched_at);
        let pause = (now.since(since) / 2).clamp(FIRST_QUERY, LONGEST_PAUSE);
        let next = now.after(pause);
        let expiry = self.order.expires_at;
        if now < expiry { next.min(expiry) } else { next }
    }

    /// Nobody should be able to pay it any more.
    fn is_unwanted(&self, attempt: &Attempt, now: Timestamp) -> bool {
        attempt.standing == Standing::Abandoned
            || self.verdict != Verdict::Open
            || self.is_over(now)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.closing.is_some() || now >= self.order.expires_at
    }

    /// So long after expiry that nothing can still be on its way.
    pub(super) fn is_lapsed(&self, now: Timestamp) -> bool {
        now >= self.order.expires_at.after(EXPIRY_MARGIN)
    }
}
