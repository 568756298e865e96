//! Walks an attempt to its definite end: asks, asks again, sends again, closes.

use paymux_channel::{Operation, Outcome};
use paymux_core::payment::{
    Absence, CloseReason, Event, Payment, Plan, Refusal, Standing, Verdict,
};
use paymux_core::planted::bug;
use paymux_core::{AttemptId, Timestamp};
use paymux_store::{Change, Finish, Leased, Store, TaskKind, Then};

use super::shed::Shed;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

/// Calls one walk may make under its lease: a question, what it calls for, and what that calls for.
/// No other task makes as many.
pub const MAX_CALLS: u32 = 3;

/// Where a walk stands after one step.
enum Walk {
    /// There is nothing new; the state says when to ask again, if ever.
    Rest,
    /// News, to be recorded.
    News(Outcome),
    /// The next call follows at once.
    Next(Operation),
    /// Nothing was asked.
    Shed(Shed),
}

impl<S: Store> Gateway<S> {
    /// With a lease, its task is finished in the commit that the walk leads to.
    pub async fn resolve(&self, attempt: AttemptId, lease: Option<&Leased>) -> &'static str {
        match self.walk(attempt, lease).await {
            Ok(outcome) => outcome,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(attempt, &contradiction.to_string());
                self.postpone(lease).await;
                "contradiction"
            }
            Err(error) => {
                tracing::warn!(out_trade_no = %attempt, %error, "attempt.unresolved");
                "failed"
            }
        }
    }

    async fn walk(
        &self,
        attempt: AttemptId,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let payment = self.load(attempt.payment).await?;
        let mut step = self.first_step(&payment, attempt);
        for _ in 0..MAX_CALLS {
            let Walk::Next(operation) = step else { break };
            step = self.ask(&payment, attempt, operation).await?;
        }
        let outcome = match step {
            Walk::News(outcome) => outcome,
            Walk::Rest | Walk::Next(_) => {
                self.record(attempt.payment, along(lease), |_| vec![]).await?;
                return Ok("nothing_new");
            }
            Walk::Shed(shed) => {
                let along = Along { shed: Some(shed), ..along(lease) };
                self.record(attempt.payment, along, |_| vec![]).await?;
                return Ok("shed");
            }
        };
        let now = self.now();
        let events = |it: &Payment| news(it, attempt, &outcome, now);
        self.record(attempt.payment, along(lease), events).await?;
        Ok(outcome.name())
    }

    fn first_step(&self, payment: &Payment, attempt: AttemptId) -> Walk {
        match payment.plan(attempt, self.now()) {
            Plan::Done | Plan::Wait { .. } => Walk::Rest,
            // Nothing is alive: closing needs no call.
            Plan::Expire => Walk::News(Outcome::Closed),
            Plan::Query => Walk::Next(Operation::Query { attempt }),
            Plan::Close => Walk::Next(Operation::Close { attempt }),
        }
    }

    async fn ask(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        operation: Operation,
    ) -> Result<Walk, RecordError> {
        let snapshot = self.snapshot.load_full();
        let account = payment.attempt(attempt).and_then(|it| snapshot.account(&it.account));
        let Some(account) = account else {
            tracing::error!(out_trade_no = %attempt, "attempt.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return Ok(Walk::Rest);
        };
        if let Operation::Pay(_) = operation {
            // Intent before call, for repeats too.
            let resent = |_: &Payment| vec![Event::Resent { attempt }];
            self.record(attempt.payment, Along::default(), resent).await?;
        }
        let asked = operation.clone();
        match self.call(account, Some(&payment.order.merchant), operation).await {
            Err(error) if error.is_shed() => Ok(Walk::Shed(self.shed(account))),
            Err(_) | Ok(Outcome::Unknown { .. }) => Ok(Walk::Rest),
            Ok(outcome) => Ok(self.next_step(payment, attempt, &asked, outcome)),
        }
    }

    fn next_step(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        asked: &Operation,
        outcome: Outcome,
    ) -> Walk {
        let now = self.now();
        let resend = || Walk::Next(super::create::pay(payment, attempt));
        let in_doubt = payment.attempt(attempt).is_some_and(|it| it.standing == Standing::InDoubt);
        let asking = matches!(asked, Operation::Query { .. });
        match outcome {
            Outcome::Absent => match payment.absence(attempt, now) {
                Absence::Gone => Walk::News(Outcome::Closed),
                Absence::Resend if asking => resend(),
                Absence::Resend | Absence::Wait => Walk::Rest,
            },
            // The order exists, but the payer's code was lost with the answer.
            Outcome::Unpaid if asking && in_doubt => {
                let wanted = payment.absence(attempt, now) == Absence::Resend;
                if wanted { resend() } else { Walk::Next(Operation::Close { attempt }) }
            }
            Outcome::Unpaid => Walk::Rest,
            Outcome::AlreadyPaid if !asking => Walk::Next(Operation::Query { attempt }),
            Outcome::AlreadyPaid => Walk::Rest,
            Outcome::Accepted(_) | Outcome::Paid(_) | Outcome::Refused(_) | Outcome::Closed => {
                Walk::News(outcome)
            }
            Outcome::Refund(_)
            | Outcome::PlatformKeys(_)
            | Outcome::Payer(_)
            | Outcome::Token { .. }
            | Outcome::Raw(_)
            | Outcome::Unknown { .. } => Walk::Rest,
        }
    }

    /// A person must look; until then the question is asked rarely, and nothing changes.
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
        Outcome::Paid(receipt) => vec![Event::Paid { attempt, receipt: receipt.clone() }],
        Outcome::Refused(refusal) => vec![Event::Refused { attempt, refusal: refusal.clone() }],
        Outcome::Closed => closed(payment, attempt, now),
        Outcome::Unknown { code } if bug("unknown-is-refused") => {
            let refusal = Refusal { code: code.clone(), message: code.clone() };
            vec![Event::Refused { attempt, refusal }]
        }
        Outcome::Unpaid
        | Outcome::Absent
        | Outcome::AlreadyPaid
        | Outcome::Refund(_)
        | Outcome::PlatformKeys(_)
        | Outcome::Payer(_)
        | Outcome::Token { .. }
        | Outcome::Raw(_)
        | Outcome::Unknown { .. } => vec![],
    }
}

/// An attempt that ended closes its payment, unless something else keeps that open.
pub(super) fn closed(payment: &Payment, attempt: AttemptId, now: Timestamp) -> Vec<Event> {
    let current = payment.current().is_some_and(|it| it.id == attempt);
    let open = payment.verdict == Verdict::Open && payment.closing.is_none();
    let closed = Event::Closed { attempt };
    if !current || !open {
        return vec![closed];
    }
    let expired = now >= payment.order.expires_at;
    let reason = if expired { CloseReason::Expired } else { CloseReason::Channel };
    vec![Event::CloseRequested { reason }, closed]
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
        match &lease.kind {
            TaskKind::Resolve(attempt) => self.resolve(*attempt, Some(lease)).await,
            TaskKind::Refund(refund) => self.walk_refund(*refund, Some(lease)).await,
            TaskKind::Deliver(delivery) => self.deliver(delivery, lease).await,
            TaskKind::Replay(merchant, endpoint) => self.replay(merchant, endpoint, lease).await,
        }
    }
}
