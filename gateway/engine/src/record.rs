//! `record`: event → apply → commit. The one way in which a payment changes.

use paymux_core::delivery::Delivery;
use paymux_core::ledger;
use paymux_core::payment::{Contradiction, Effect, Event, Notice, Payment, Rejection, Transition};
use paymux_core::planted::bug;
use paymux_core::route::{self, Shift};
use paymux_core::{AttemptId, DeliveryId, EventId, MerchantId, PaymentId, Timestamp};
use paymux_store::{
    Answer, Answered, Begin, Change, CommitError, Duplicate, Entry, Evidence, Finish,
    IdempotencyKey, Leased, MerchantEvent, Once, Store, Taking, Task, TaskKind, Then, Write,
};

use tracing::Instrument as _;

use crate::flow;
use crate::flow::shed::Shed;
use crate::gateway::Gateway;
use crate::render;
use crate::snapshot::Snapshot;
use crate::traces::TARGET;

/// Writers of one row that may overtake us before we give up and say "busy".
pub(crate) const MAX_RACES: usize = 16;

/// What goes into the same commit as the events.
#[derive(Clone, Default)]
pub struct Along<'a> {
    pub once: Vec<Once>,
    pub begin: Option<Begin>,
    /// The answer of an idempotent request, rendered from the payment as committed.
    pub answer: Option<AnswerBy<'a>>,
    /// A request that ends here: unless it was answered, a repeat may take over at once.
    pub release: Option<IdempotencyKey>,
    pub notification: Option<Evidence>,
    /// The task being worked on: ended or put off in the same commit, as the payment's new state
    /// says, and never on the word of whoever works on it.
    pub lease: Option<&'a Leased>,
    /// Where the task's call did not leave, it runs again sooner than the state asks for.
    pub shed: Option<Shed>,
    pub entries: Vec<Entry>,
    /// Tasks to look at now, whatever the events do.
    pub wake: Vec<TaskKind>,
}

#[derive(Clone)]
pub struct AnswerBy<'a> {
    pub key: IdempotencyKey,
    /// `None` while there is nothing final to say.
    pub render: &'a (dyn Fn(&Payment) -> Option<Answer> + Send + Sync),
}

/// What a commit left behind.
#[derive(Debug)]
pub struct Recorded {
    pub payment: Payment,
    /// Whether any event was news.
    pub changed: bool,
}

/// Each variant is a decision the caller can take.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("there is no such payment")]
    Missing,
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    #[error(transparent)]
    Transfer(#[from] paymux_core::transfer::Rejection),
    #[error("already recorded: {0:?}")]
    Duplicate(Duplicate),
    #[error("the day's limit of {0} does not leave so much")]
    Exceeded(String),
    #[error("the merchant has less to pay out")]
    Short,
    /// Nothing was written, as far as we know; perhaps it was. Never assume that it was not.
    #[error("the store gave no certain answer: {0}")]
    Store(String),
}

impl<S: Store> Gateway<S> {
    pub async fn load(&self, id: PaymentId) -> Result<Payment, RecordError> {
        let found =
            self.store.payment(id).await.map_err(|it| RecordError::Store(it.to_string()))?;
        let payment = found.ok_or(RecordError::Missing)?;
        payment.check().map_err(|it| RecordError::Store(format!("{id} is damaged: {it}")))?;
        Ok(payment)
    }

    /// Loads, applies what `events` says of the payment as loaded, commits; on `Stale` again.
    pub async fn record<F>(
        &self,
        id: PaymentId,
        along: Along<'_>,
        events: F,
    ) -> Result<Recorded, RecordError>
    where
        F: Fn(&Payment) -> Vec<Event>,
    {
        let payment = self.load(id).await?;
        self.record_from(payment, along, events).await
    }

    /// The same over a payment that was read before, which is read again where it has changed.
    /// Only for events that are news of it: what writes nothing is compared with nothing.
    pub async fn record_from<F>(
        &self,
        payment: Payment,
        along: Along<'_>,
        events: F,
    ) -> Result<Recorded, RecordError>
    where
        F: Fn(&Payment) -> Vec<Event>,
    {
        let (id, mut payment, mut along) = (payment.id, payment, along);
        for _ in 0..MAX_RACES {
            let events = events(&payment);
            match self.record_over(payment, &along, &events).await {
                Err(Setback::Stale) => self.metrics.stale_commits.inc(),
                Err(Setback::Fenced) => {
                    self.metrics.fenced_commits.inc();
                    // The lease is lost, the news is not.
                    along.lease = None;
                }
                Err(Setback::Final(error)) => return Err(error),
                Ok(recorded) => return Ok(recorded),
            }
            payment = self.load(id).await?;
        }
        Err(RecordError::Store("too many writers at once".into()))
    }

    /// The first commit of a payment that does not exist yet.
    pub async fn record_new(
        &self,
        payment: Payment,
        along: &Along<'_>,
        events: &[Event],
    ) -> Result<Recorded, RecordError> {
        self.record_over(payment, along, events).await.map_err(|setback| match setback {
            Setback::Final(error) => error,
            Setback::Stale | Setback::Fenced => RecordError::Store("the id is taken".into()),
        })
    }

    async fn record_over(
        &self,
        payment: Payment,
        along: &Along<'_>,
        events: &[Event],
    ) -> Result<Recorded, Setback> {
        let (at, snapshot) = (self.now(), self.snapshot.load_full());
        let (taking, booked) = (payment.taking(), payment.booked());
        let draft = Draft::of(payment, events, at).map_err(Setback::Final)?;
        let mut change = draft.change(along, at, &snapshot);
        change.takings = draft.takings(&taking, &snapshot);
        change.journal = ledger::postings(&booked, &draft.payment, at);
        if is_empty(&change) {
            return Ok(Recorded { payment: draft.payment, changed: false });
        }
        let due = first_due(&change);
        paymux_store::crashpoint!("engine.before_commit");
        let beside = bug("tasks-beside-commit").then(|| std::mem::take(&mut change.tasks));
        let moved = bug("journal-beside-commit").then(|| std::mem::take(&mut change.journal));
        let takings = change.takings.clone();
        let span = tracing::trace_span!(target: TARGET, "commit", payment_id = %draft.payment.id);
        self.store.commit(change).instrument(span).await?;
        self.taken.note(&takings);
        if let Some(tasks) = beside {
            self.store.commit(Change { tasks, ..Change::default() }).await?;
        }
        if let Some(journal) = moved {
            self.store.commit(Change { journal, ..Change::default() }).await?;
        }
        paymux_store::crashpoint!("engine.after_commit");
        due.into_iter().for_each(|it| self.bell.ring_for(it));
        if !draft.news.is_empty() {
            self.watchers.wake(draft.payment.id);
        }
        self.observe(&draft, &snapshot);
        Ok(Recorded { payment: draft.payment, changed: !draft.news.is_empty() })
    }

    fn observe(&self, draft: &Draft<'_>, snapshot: &Snapshot) {
        let payment = &draft.payment;
        if snapshot.merchant(&payment.order.merchant).is_none() {
            draft.told().for_each(|event| self.tell_nobody(event, &payment.order.merchant));
        }
        for event in &draft.news {
            self.metrics.events.with_label_values(&[event.name()]).inc();
            tracing::info!(
                payment_id = %payment.id,
                merchant = payment.order.merchant.as_str(),
                event = event.name(),
                status = render::status(payment),
                version = payment.version,
                "payment.applied"
            );
        }
    }

    /// The merchant left the configuration, and its endpoints with it: the event is kept.
    fn tell_nobody(&self, event: EventId, merchant: &MerchantId) {
        tracing::error!(event_id = %event, merchant = merchant.as_str(), "event.merchant_missing");
        self.metrics.attention.with_label_values(&["merchant_missing"]).inc();
    }
}

/// Why a try to commit ended.
pub(crate) enum Setback {
    Stale,
    Fenced,
    Final(RecordError),
}

impl From<CommitError> for Setback {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Stale => Self::Stale,
            CommitError::Fenced => Self::Fenced,
            CommitError::Duplicate(it) => Self::Final(RecordError::Duplicate(it)),
            CommitError::Exceeded(spender) => Self::Final(RecordError::Exceeded(spender)),
            CommitError::Short(_) => Self::Final(RecordError::Short),
            CommitError::Constraint(_) | CommitError::Unavailable(_) | CommitError::Unknown(_) => {
                Self::Final(RecordError::Store(error.to_string()))
            }
        }
    }
}

/// A payment after its events, before its commit.
struct Draft<'e> {
    /// The version that was read.
    expected: u64,
    payment: Payment,
    news: Vec<&'e Event>,
    effects: Vec<Effect>,
}

impl<'e> Draft<'e> {
    fn of(payment: Payment, events: &'e [Event], at: Timestamp) -> Result<Self, RecordError> {
        let mut draft = Self { expected: payment.version, payment, news: vec![], effects: vec![] };
        for event in events {
            match draft.payment.apply(event, at)? {
                Transition::Redundant => {}
                Transition::Rejected(rejection) => return Err(rejection.into()),
                Transition::Applied { next, effects } => {
                    draft.payment = *next;
                    draft.news.push(event);
                    draft.effects.extend(effects);
                }
            }
        }
        let sound = draft.payment.check();
        sound.map_err(|it| RecordError::Store(format!("a defect was stopped: {it}")))?;
        Ok(draft)
    }

    fn change(&self, along: &Along<'_>, at: Timestamp, snapshot: &Snapshot) -> Change {
        let mut change = Change {
            once: along.once.clone(),
            begin: along.begin.clone(),
            answer: along.answer.as_ref().and_then(|it| self.answered(it)),
            release: along.release.clone(),
            notification: along.notification.clone(),
            finish: along.lease.map(|it| self.finish(it, along.shed, at)),
            entries: along.entries.clone(),
            tasks: along.wake.iter().map(|it| Task { kind: it.clone(), due: at }).collect(),
            ..Change::default()
        };
        if !self.news.is_empty() {
            change.payment = Some(Write { expected: self.expected, next: self.payment.clone() });
        }
        change.entries.extend(self.news.iter().map(|it| self.entry(it, at)));
        for effect in &self.effects {
            self.realize(effect, at, snapshot, &mut change);
        }
        change
    }

    /// What the commit takes from its accounts' days, or gives back.
    fn takings(&self, before: &[AttemptId], snapshot: &Snapshot) -> Vec<Taking> {
        let shifts = route::shifts(before, &self.payment).into_iter();
        let currency = self.payment.order.amount.currency();
        let taking = |it: Shift| {
            let day = snapshot.routing.live.day(it.dispatched_at);
            Taking { account: it.account, day, currency, taken: it.taken }
        };
        shifts.map(taking).collect()
    }

    fn finish(&self, lease: &Leased, shed: Option<Shed>, at: Timestamp) -> Finish {
        let then = match (flow::then(&self.payment, &lease.kind, at), shed) {
            (Then::Again(asked), Some(shed)) => Then::Again(shed.again(asked, at)),
            (then, _) => then,
        };
        Finish { kind: lease.kind.clone(), fence: lease.fence, then }
    }

    fn answered(&self, by: &AnswerBy<'_>) -> Option<Answered> {
        let answer = (by.render)(&self.payment)?;
        Some(Answered { key: by.key.clone(), answer })
    }

    fn entry(&self, event: &Event, at: Timestamp) -> Entry {
        let detail = render::detail(event).to_string();
        Entry { payment: self.payment.id, at, kind: event.name().into(), detail }
    }

    fn realize(&self, effect: &Effect, at: Timestamp, snapshot: &Snapshot, change: &mut Change) {
        match effect {
            Effect::Resolve { attempt, due } => {
                change.tasks.push(Task { kind: TaskKind::Resolve(*attempt), due: *due });
            }
            Effect::Refund { refund, due } => {
                change.tasks.push(Task { kind: TaskKind::Refund(*refund), due: *due });
            }
            Effect::Tell { number, notice } => self.tell(*number, *notice, at, snapshot, change),
        }
    }

    fn told(&self) -> impl Iterator<Item = EventId> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Tell { number, .. } => {
                Some(EventId { payment: self.payment.id, number: *number })
            }
            Effect::Resolve { .. } | Effect::Refund { .. } => None,
        })
    }

    /// One event row, and one delivery for each endpoint, in the same commit as its cause.
    fn tell(
        &self,
        number: u16,
        notice: Notice,
        at: Timestamp,
        snapshot: &Snapshot,
        change: &mut Change,
    ) {
        let merchant = &self.payment.order.merchant;
        let id = EventId { payment: self.payment.id, number };
        change.events.push(MerchantEvent {
            id,
            merchant: merchant.clone(),
            kind: notice.name().into(),
            payload: render::event(&self.payment, number, notice, at, snapshot),
            created_at: at,
        });
        let endpoints = snapshot.merchant(merchant).map_or(&[][..], |it| &it.endpoints);
        for endpoint in endpoints {
            let id = DeliveryId { event: id, endpoint: endpoint.id.clone() };
            let due = Delivery::first_due(&endpoint.schedule, at);
            change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
            let delivery = Delivery::new(id, merchant.clone());
            change.deliveries.push(Delivery { paid_at: self.paid_at(notice), ..delivery });
        }
    }

    /// When the money came that a notice tells of.
    fn paid_at(&self, notice: Notice) -> Option<Timestamp> {
        let attempt = match notice {
            Notice::PaymentSucceeded => self.payment.shown(),
            Notice::PaymentLatePaid { attempt } | Notice::PaymentDuplicatePaid { attempt } => {
                self.payment.attempt(attempt)
            }
            Notice::PaymentFailed
            | Notice::PaymentClosed
            | Notice::RefundSucceeded { .. }
            | Notice::RefundFailed { .. }
            | Notice::RefundAbnormal { .. } => None,
        };
        attempt?.receipt.as_ref().map(|it| it.paid_at)
    }
}

/// When the first of the tasks is due that a change leaves behind.
pub(crate) fn first_due(change: &Change) -> Option<Timestamp> {
    let again = change.finish.as_ref().and_then(|it| match it.then {
        Then::Again(due) => Some(due),
        Then::Done => None,
    });
    change.tasks.iter().map(|it| it.due).chain(again).min()
}

fn is_empty(change: &Change) -> bool {
    change.payment.is_none()
        && change.once.is_empty()
        && change.begin.is_none()
        && change.answer.is_none()
        && change.release.is_none()
        && change.notification.is_none()
        && change.events.is_empty()
        && change.deliveries.is_empty()
        && change.tasks.is_empty()
        && change.finish.is_none()
        && change.entries.is_empty()
}
