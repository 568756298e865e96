//! Walks an attempt to its definite end: asks, asks again, sends again, closes.

use std::time::Duration;

use paymux_channel::{Operation, Outcome};
use paymux_core::payment::{
    Absence, Action, Attempt, CloseReason, Event, Payment, Plan, Refusal, Standing, Verdict,
};
use paymux_core::planted::bug;
use paymux_core::{AttemptId, Timestamp};
use paymux_store::{Change, Finish, Leased, Store, TaskKind, Then};

use super::call::Unanswered;
use super::parts;
use super::shed::Shed;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::gateway::Gateway;
use crate::record::{Along, RecordError};
use crate::traces::TARGET;

/// Calls one walk may make under its lease: a question, what it calls for, and what that calls for.
/// No other task makes as many.
pub const MAX_CALLS: u32 = 3;

/// A request to undo a charge leaves so soon after its intent, or not at all: well before anybody
/// believes that none is on its way (`EXPIRY_MARGIN`).
const INTENDED: Duration = Duration::from_secs(120);

/// Where a walk stands after one step.
pub(super) enum Walk {
    /// There is nothing new; the state says when to ask again, if ever.
    Rest,
    /// News, to be recorded.
    News(Outcome),
    /// Time is up, and nobody has begun to pay.
    Expired,
    /// What follows for a charge that ends, or has ended, otherwise than by its payer.
    Told(Event),
    /// The next call follows at once.
    Next(Operation),
    /// It was asked, or perhaps not, and gave no answer; why.
    Unheard(&'static str),
    /// Nothing was asked; why.
    Shed(Shed, &'static str),
}

/// What came of one call.
pub(super) enum Heard {
    Answer(Outcome),
    Nothing(&'static str),
    Shed(Shed, &'static str),
}

/// What came of a walk.
pub(super) struct Walked {
    pub(super) outcome: &'static str,
    /// Why there was no answer.
    pub(super) unheard: Option<&'static str>,
}

impl<S: Store> Gateway<S> {
    /// With a lease, its task is finished in the commit that the walk leads to.
    pub async fn resolve(&self, attempt: AttemptId, lease: Option<&Leased>) -> &'static str {
        let walked = self.walk(attempt, lease).await.map(|it| it.outcome);
        self.walked(attempt, walked, lease).await
    }

    pub(super) async fn walk(
        &self,
        attempt: AttemptId,
        lease: Option<&Leased>,
    ) -> Result<Walked, RecordError> {
        let payment = self.load(attempt.payment).await?;
        let plan = payment.plan(attempt, self.now());
        let mut step = match plan {
            Plan::Reverse => self.undo(&payment, attempt).await?,
            Plan::Recheck => self.recheck(&payment, attempt).await?,
            Plan::Done | Plan::Wait { .. } => Walk::Rest,
            Plan::Expire if payment.attempts.is_empty() => Walk::Expired,
            // Nothing is alive: closing needs no call.
            Plan::Expire => Walk::News(Outcome::Closed),
            Plan::Query => Walk::Next(Operation::Query { attempt }),
            Plan::Close => Walk::Next(Operation::Close { attempt }),
        };
        for _ in 0..MAX_CALLS {
            let Walk::Next(operation) = step else { break };
            step = self.ask(&payment, attempt, operation).await?;
        }
        if matches!(plan, Plan::Reverse | Plan::Recheck) {
            self.look_after(&payment, attempt, plan, &step);
        }
        self.arrive(attempt, lease, step).await
    }

    /// Long after it should have ended, a person may have to see to it.
    fn look_after(&self, payment: &Payment, attempt: AttemptId, plan: Plan, step: &Walk) {
        let idle = matches!(step, Walk::Rest | Walk::Unheard(_));
        if idle && payment.is_overdue(attempt, self.now()) {
            let reason = if plan == Plan::Reverse { "not_reversed" } else { "not_rechecked" };
            self.metrics.attention.with_label_values(&[reason]).inc();
        }
    }

    /// Records where the walk led.
    async fn arrive(
        &self,
        attempt: AttemptId,
        lease: Option<&Leased>,
        step: Walk,
    ) -> Result<Walked, RecordError> {
        let (mut along, now) = (along(lease), self.now());
        let (outcome, unheard) = match &step {
            Walk::News(outcome) => (outcome.name(), None),
            Walk::Expired => ("expired", None),
            Walk::Told(event) => (event.name(), None),
            Walk::Rest | Walk::Next(_) => ("nothing_new", None),
            Walk::Unheard(why) => ("nothing_new", Some(*why)),
            Walk::Shed(shed, why) => {
                along.shed = Some(*shed);
                ("shed", Some(*why))
            }
        };
        let events = |it: &Payment| match &step {
            Walk::News(outcome) => news(it, attempt, outcome, now),
            Walk::Expired => expired(it),
            Walk::Told(event) => vec![event.clone()],
            Walk::Rest | Walk::Next(_) | Walk::Unheard(_) | Walk::Shed(..) => vec![],
        };
        self.record(attempt.payment, along, events).await?;
        Ok(Walked { outcome, unheard })
    }

    /// One call to the attempt's account. A repeat of its request is counted before it leaves, and
    /// taken back where it provably did not.
    pub(super) async fn put(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        operation: Operation,
    ) -> Result<Heard, RecordError> {
        self.put_since(payment, attempt, operation, self.now()).await
    }

    /// `since`: before the intent to undo it was recorded.
    pub(super) async fn put_since(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        operation: Operation,
        since: Timestamp,
    ) -> Result<Heard, RecordError> {
        let snapshot = self.snapshot.load_full();
        let account = payment.attempt(attempt).and_then(|it| snapshot.account(&it.account));
        let asked = parts::whole(&snapshot, payment, operation.clone());
        let Some((account, asked)) = account.zip(asked) else {
            tracing::error!(out_trade_no = %attempt, "attempt.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return Ok(Heard::Nothing("account_missing"));
        };
        let repeat = matches!(operation, Operation::Pay(_));
        let count = async |event: Event| {
            self.record(attempt.payment, Along::default(), |_| vec![event.clone()]).await
        };
        if repeat {
            // Intent before call, for repeats too.
            count(Event::Resent { attempt }).await?;
        }
        let undo = matches!(operation, Operation::Reverse { .. });
        let merchant = Some(&payment.order.merchant);
        let answered = match self.prepare(account, merchant, asked).await {
            // Whoever stood still meanwhile must not undo what was believed since, nor charge an
            // old code.
            Ok(_) if undo && self.now().since(since) > INTENDED => Err(Unanswered::Late),
            Ok(_) if repeat && payment.is_stale(attempt, self.now()) => Err(Unanswered::Late),
            Ok(prepared) => self.send(account, prepared).await,
            Err(error) => Err(error.into()),
        };
        match answered {
            Ok(outcome) => Ok(Heard::Answer(outcome)),
            Err(error) => {
                if repeat && error.never_sent() {
                    count(Event::Unsent { attempt }).await?;
                }
                let (shed, why) = (error.is_shed(), error.name());
                Ok(if shed { Heard::Shed(self.shed(account), why) } else { Heard::Nothing(why) })
            }
        }
    }

    async fn ask(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        operation: Operation,
    ) -> Result<Walk, RecordError> {
        let asked = operation.clone();
        Ok(match self.put(payment, attempt, operation).await? {
            Heard::Shed(shed, why) => Walk::Shed(shed, why),
            Heard::Nothing(why) => Walk::Unheard(why),
            Heard::Answer(outcome) => self.next_step(payment, attempt, &asked, outcome),
        })
    }

    fn next_step(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        asked: &Operation,
        outcome: Outcome,
    ) -> Walk {
        let now = self.now();
        let known = payment.attempt(attempt);
        let way = known.map(|it| &it.way);
        let resend =
            || way.map_or(Walk::Rest, |it| Walk::Next(super::dispatch::pay(payment, attempt, it)));
        let in_doubt = known.is_some_and(|it| it.standing == Standing::InDoubt);
        let charge = known.is_some_and(|it| it.till.is_some());
        let asking = matches!(asked, Operation::Query { .. });
        match outcome {
            Outcome::Absent => match payment.absence(attempt, now) {
                Absence::Gone => Walk::News(Outcome::Closed),
                Absence::Resend if asking => resend(),
                Absence::Resend | Absence::Wait => Walk::Rest,
            },
            // The payer was asked to confirm, and the answer that said so was lost.
            Outcome::Unpaid if asking && in_doubt && charge => {
                Walk::News(Outcome::Accepted(Action::Confirm))
            }
            // The order exists, but the payer's code was lost with the answer.
            Outcome::Unpaid if asking && in_doubt => {
                let wanted = payment.absence(attempt, now) == Absence::Resend;
                if wanted { resend() } else { Walk::Next(Operation::Close { attempt }) }
            }
            Outcome::Unpaid => Walk::Rest,
            Outcome::AlreadyPaid if !asking => Walk::Next(Operation::Query { attempt }),
            Outcome::AlreadyPaid => Walk::Rest,
            // Its payer can do nothing more: it is undone as soon as its channel lets us.
            Outcome::PayFailed if charge => Walk::Told(Event::Reversing { attempt }),
            Outcome::Accepted(_)
            | Outcome::Paid(_)
            | Outcome::GivenBack(_)
            | Outcome::Refused(_)
            | Outcome::Closed => Walk::News(outcome),
            Outcome::PayFailed
            | Outcome::Undone
            | Outcome::Refund(_)
            | Outcome::Transfer(_)
            | Outcome::Split(_)
            | Outcome::Bound
            | Outcome::PlatformKeys(_)
            | Outcome::Payer(_)
            | Outcome::Token { .. }
            | Outcome::Bill(_)
            | Outcome::Raw(_)
            | Outcome::Unknown { .. } => Walk::Rest,
        }
    }

    /// A person must look; until then the question is asked rarely, and nothing changes.
    /// How every walk ends: what contradicts what we know is looked at again, by a person.
    pub(super) async fn walked(
        &self,
        subject: impl std::fmt::Display,
        walked: Result<&'static str, RecordError>,
        lease: Option<&Leased>,
    ) -> &'static str {
        match walked {
            Ok(outcome) => outcome,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(subject, &contradiction.to_string());
                self.postpone(lease).await;
                "contradiction"
            }
            Err(error) => {
                tracing::warn!(%subject, %error, "walk.unresolved");
                "failed"
            }
        }
    }

    pub(super) fn quarantined(&self, subject: impl std::fmt::Display, contradiction: &str) {
        tracing::error!(%subject, contradiction, "payment.contradicted");
        self.metrics.attention.with_label_values(&["contradiction"]).inc();
    }

    pub(super) async fn postpone(&self, lease: Option<&Leased>) {
        let Some(lease) = lease else { return };
        let later = self.now().after(paymux_core::payment::EXPIRY_MARGIN);
        let change =
            Change { finish: Some(finish(lease, Then::Again(later))), ..Change::default() };
        if let Err(error) = self.store.commit(change).await {
            tracing::warn!(task = %lease.kind, %error, "task.not_postponed");
        }
    }
}

/// What a channel's answer means to the machine.
pub(super) fn news(
    payment: &Payment,
    attempt: AttemptId,
    outcome: &Outcome,
    now: Timestamp,
) -> Vec<Event> {
    match outcome {
        Outcome::Accepted(action) => vec![Event::Accepted { attempt, action: action.clone() }],
        Outcome::Paid(receipt) | Outcome::GivenBack(receipt) => {
            vec![Event::Paid { attempt, receipt: receipt.clone() }]
        }
        Outcome::Refused(refusal) => vec![Event::Refused { attempt, refusal: refusal.clone() }],
        Outcome::Closed => closed(payment, attempt, now),
        Outcome::Unknown { code } if bug("unknown-is-refused") => {
            let refusal = Refusal { code: code.clone(), message: code.clone() };
            vec![Event::Refused { attempt, refusal }]
        }
        Outcome::Unpaid
        | Outcome::Absent
        | Outcome::AlreadyPaid
        | Outcome::PayFailed
        | Outcome::Undone
        | Outcome::Refund(_)
        | Outcome::Transfer(_)
        | Outcome::Split(_)
        | Outcome::Bound
        | Outcome::PlatformKeys(_)
        | Outcome::Payer(_)
        | Outcome::Token { .. }
        | Outcome::Bill(_)
        | Outcome::Raw(_)
        | Outcome::Unknown { .. } => vec![],
    }
}

/// An attempt that ended closes its payment, unless something else keeps that open.
pub(super) fn closed(payment: &Payment, attempt: AttemptId, now: Timestamp) -> Vec<Event> {
    // One that makes room for another ends alone; when time is up, nothing is left to wait for.
    // Told twice, by a task and by whoever could not wait for it, it ends no more than once.
    let waits = |it: &Attempt| it.standing.is_live() || now < payment.order.expires_at;
    let yields = |it: &Attempt| payment.outlives(it) && waits(it);
    let current = payment.current().filter(|it| it.id == attempt && !yields(it));
    let open = payment.verdict == Verdict::Open && payment.closing.is_none();
    let closed = Event::Closed { attempt };
    let Some(current) = current.filter(|_| open) else { return vec![closed] };
    let undone = current.standing == Standing::Reversing;
    let expired = undone || now >= payment.order.expires_at;
    let reason = if expired { CloseReason::Expired } else { CloseReason::Channel };
    vec![Event::CloseRequested { reason }, closed]
}

/// Another node's clock may have allowed an attempt meanwhile, whose own task ends it.
fn expired(payment: &Payment) -> Vec<Event> {
    let nobody = payment.attempts.is_empty();
    let reason = CloseReason::Expired;
    nobody.then_some(Event::CloseRequested { reason }).into_iter().collect()
}

pub(super) fn along(lease: Option<&Leased>) -> Along<'_> {
    Along { lease, ..Along::default() }
}

pub(super) fn finish(lease: &Leased, then: Then) -> Finish {
    Finish { kind: lease.kind.clone(), fence: lease.fence, then }
}

impl<S: Store> Gateway<S> {
    /// One leased task, whatever its kind.
    pub async fn work(&self, lease: &Leased) -> &'static str {
        let begin = || {
            let task = lease.kind.name();
            tracing::trace_span!(target: TARGET, "task", task, outcome = Empty)
        };
        let span = self.joined(lease.kind.payment(), begin).await;
        let outcome = self.walk_task(lease).instrument(span.clone()).await;
        span.record("outcome", outcome);
        outcome
    }

    async fn walk_task(&self, lease: &Leased) -> &'static str {
        match &lease.kind {
            TaskKind::Resolve(attempt) => self.resolve(*attempt, Some(lease)).await,
            TaskKind::Refund(refund) => self.walk_refund(*refund, Some(lease)).await,
            TaskKind::Split(split) => self.walk_split(*split, Some(lease)).await,
            TaskKind::Transfer(transfer) => self.walk_transfer(*transfer, Some(lease)).await,
            TaskKind::Deliver(delivery) => self.deliver(delivery, lease).await,
            TaskKind::Replay(merchant, endpoint) => self.replay(merchant, endpoint, lease).await,
            TaskKind::Bill(account, bill) => self.walk_bill(account, *bill, lease).await,
            TaskKind::Settle(merchant) => self.walk_settlements(merchant, lease).await,
        }
    }
}

#[cfg(test)]
mod tests;
