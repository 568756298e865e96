//! What to do next about an attempt: decided from the state, never from the task that asks.

use std::time::Duration;

use super::{Attempt, Payment, Report, Standing, TillTimes, Verdict};
use crate::id::AttemptId;
use crate::planted::bug;
use crate::time::Timestamp;

/// The first question after a dispatch: later than an answer takes, sooner than a payer scans.
pub(super) const FIRST_QUERY: Duration = Duration::from_secs(5);
/// Nobody confirms faster, whatever an account is set to.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// Questions about an order are never further apart than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// "No such order" proves nothing before expiry and this margin: a request may be in flight, and
/// an Alipay QR order does not exist until it is scanned.
pub const EXPIRY_MARGIN: Duration = Duration::from_secs(300);
/// A wallet shows another code about every minute: with an old one nobody expects to be charged.
pub const CODE_LIFE: Duration = Duration::from_secs(60);
/// A channel that does not say for so long whether reported money is there does not hold its
/// payment open: should it be, it is late money.
const RECHECK_LIMIT: Duration = Duration::from_secs(3600);

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
    /// Ask what became of the charge, and unless it has ended, have it undone at once.
    Reverse,
    /// Ask whether the money that was reported of a charge that had ended is still there.
    Recheck,
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
        let Some(attempt) = self.attempt(id) else { return self.plan_unbegun(now) };
        if attempt.standing.is_live() {
            return self.plan_live(attempt, now);
        }
        let current = self.current().is_some_and(|it| it.id == id);
        if let Some(Report { ask_at, .. }) = attempt.recheck {
            let open = self.verdict == Verdict::Open && self.closing.is_none() && current;
            if open && self.is_over(now) && now >= ask_at.after(RECHECK_LIMIT) {
                return Plan::Expire;
            }
            let due = now >= ask_at;
            return if due { Plan::Recheck } else { Plan::Wait { until: ask_at } };
        }
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

    /// Before the first attempt, its task keeps the time.
    fn plan_unbegun(&self, now: Timestamp) -> Plan {
        match self.verdict {
            Verdict::Open if !self.attempts.is_empty() => Plan::Done,
            Verdict::Open if self.is_over(now) => Plan::Expire,
            Verdict::Open => Plan::Wait { until: self.order.expires_at },
            Verdict::Succeeded { .. } | Verdict::Failed { .. } | Verdict::Closed => Plan::Done,
        }
    }

    fn plan_live(&self, attempt: &Attempt, now: Timestamp) -> Plan {
        if let Some(till) = &attempt.till {
            let unwanted =
                attempt.standing == Standing::Reversing || self.is_unwanted(attempt, now);
            let due = unwanted && attempt.age(now) >= till.reverse_after;
            return if due { Plan::Reverse } else { Plan::Query };
        }
        // In doubt, ask first: a close could overtake the request, or undo what was just paid.
        let known = attempt.standing != Standing::InDoubt;
        if known && self.is_unwanted(attempt, now) { Plan::Close } else { Plan::Query }
    }

    pub fn absence(&self, id: AttemptId, now: Timestamp) -> Absence {
        let Some(attempt) = self.attempt(id) else { return Absence::Wait };
        if self.is_lapsed(id, now) || bug("closed-without-proof") {
            return Absence::Gone;
        }
        let asked = attempt.standing == Standing::InDoubt && !self.is_unwanted(attempt, now);
        let asked = asked && !self.is_stale(id, now);
        if asked { Absence::Resend } else { Absence::Wait }
    }

    /// Whether the code it would charge is too old for that.
    pub fn is_stale(&self, id: AttemptId, now: Timestamp) -> bool {
        let charge = self.attempt(id).filter(|it| it.till.is_some());
        charge.is_some_and(|it| it.age(now) >= CODE_LIFE)
    }

    /// Long after it should have ended, a person may have to look.
    pub fn is_overdue(&self, id: AttemptId, now: Timestamp) -> bool {
        let Some(attempt) = self.attempt(id) else { return false };
        if attempt.standing.is_live() {
            return self.is_lapsed(id, now);
        }
        attempt.recheck.is_some_and(|it| now >= it.ask_at.after(EXPIRY_MARGIN))
    }

    /// Dense at first, sparse later: half the attempt's age, within bounds; and at expiry. Who
    /// waits at a till is asked about all the time, and at the moments that decide.
    pub fn ask_again_at(&self, id: AttemptId, now: Timestamp) -> Timestamp {
        let attempt = self.attempt(id);
        let age = attempt.map_or(Duration::ZERO, |it| it.age(now));
        let till = attempt.and_then(|it| it.till).filter(|_| !self.is_lapsed(id, now));
        let pause = till.map_or((age / 2).clamp(FIRST_QUERY, LONGEST_PAUSE), |it| it.pause());
        let next = now.after(pause);
        let moments = attempt.into_iter().flat_map(|it| self.moments(it));
        moments.filter(|it| *it > now).fold(next, Timestamp::min)
    }

    /// When the answer to the same question may mean something else.
    fn moments(&self, attempt: &Attempt) -> [Timestamp; 2] {
        let young = attempt.till.map_or(Duration::ZERO, |it| it.reverse_after);
        [self.decided_at(attempt), attempt.dispatched_at.after(young)]
    }

    /// An order that is not paid by then is not to be paid.
    fn decided_at(&self, attempt: &Attempt) -> Timestamp {
        let expiry = self.order.expires_at;
        attempt.till.map_or(expiry, |it| attempt.dispatched_at.after(it.decide_after).min(expiry))
    }

    /// Nobody should be able to pay it any more.
    fn is_unwanted(&self, attempt: &Attempt, now: Timestamp) -> bool {
        attempt.standing == Standing::Abandoned
            || attempt.superseded
            || self.verdict != Verdict::Open
            || self.is_over(now)
            || now >= self.decided_at(attempt)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.closing.is_some() || now >= self.order.expires_at
    }

    /// So long after it was to be paid that nothing can still be on its way.
    pub(super) fn is_lapsed(&self, id: AttemptId, now: Timestamp) -> bool {
        let decided = self.attempt(id).map_or(self.order.expires_at, |it| self.decided_at(it));
        now >= decided.after(EXPIRY_MARGIN)
    }
}

impl Attempt {
    fn age(&self, now: Timestamp) -> Duration {
        now.since(self.dispatched_at)
    }
}

impl TillTimes {
    fn pause(&self) -> Duration {
        self.query_every.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }
}

/// Between a dispatch and the first question about it.
pub(super) fn first_pause(till: Option<TillTimes>) -> Duration {
    till.map_or(FIRST_QUERY, |it| it.pause())
}
