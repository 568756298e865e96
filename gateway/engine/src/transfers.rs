//! `record_transfer`: event → apply → commit. The one way in which a transfer changes.

use paymux_core::delivery::Delivery;
use paymux_core::transfer::{Effect, Event, Notice, State, Transfer, Transition};
use paymux_core::{DeliveryId, EventId, Timestamp, TransferId};
use paymux_store::{
    Answer, Answered, Begin, Change, Entry, Evidence, Finish, IdempotencyKey, Leased,
    MerchantEvent, Once, Spending, Store, Task, TaskKind, Then, TransferWrite,
};

use crate::flow::shed::Shed;
use crate::gateway::Gateway;
use crate::record::{MAX_RACES, RecordError, Setback};
use crate::render;
use crate::snapshot::{Snapshot, TransferTerms};

/// What goes into the same commit as the events.
#[derive(Clone, Default)]
pub(crate) struct Beside<'a> {
    pub(crate) once: Vec<Once>,
    pub(crate) begin: Option<Begin>,
    /// The answer of an idempotent request, made of the transfer as committed.
    pub(crate) answer: Option<(IdempotencyKey, u16)>,
    pub(crate) notification: Option<Evidence>,
    /// The task being worked on: ended or put off as the transfer's new state says.
    pub(crate) lease: Option<&'a Leased>,
    /// Where the task's call did not leave, it runs again sooner than the state asks for.
    pub(crate) shed: Option<Shed>,
    pub(crate) act: Option<paymux_store::Act>,
    /// What the day must leave room for, where the transfer is new.
    pub(crate) terms: Option<TransferTerms>,
}

/// What a commit left behind.
pub(crate) struct Recorded {
    pub(crate) transfer: Transfer,
    /// Whether any event was news.
    pub(crate) changed: bool,
}

impl<S: Store> Gateway<S> {
    pub(crate) async fn load_transfer(&self, id: TransferId) -> Result<Transfer, RecordError> {
        let found = self.store.transfer(id).await;
        let found = found.map_err(|it| RecordError::Store(it.to_string()))?;
        let transfer = found.ok_or(RecordError::Missing)?;
        transfer.check().map_err(|it| RecordError::Store(format!("{id} is damaged: {it}")))?;
        Ok(transfer)
    }

    /// Loads, applies, commits; on `Stale` again.
    pub(crate) async fn record_transfer(
        &self,
        id: TransferId,
        beside: Beside<'_>,
        events: &[Event],
    ) -> Result<Recorded, RecordError> {
        let mut beside = beside;
        for _ in 0..MAX_RACES {
            let transfer = self.load_transfer(id).await?;
            let expected = transfer.version;
            match self.record_transfer_over(expected, transfer, &beside, events).await {
                Err(Setback::Stale) => self.metrics.stale_commits.inc(),
                Err(Setback::Fenced) => {
                    self.metrics.fenced_commits.inc();
                    // The lease is lost, the news is not.
                    beside.lease = None;
                }
                Err(Setback::Final(error)) => return Err(error),
                Ok(recorded) => return Ok(recorded),
            }
        }
        Err(RecordError::Store("too many writers at once".into()))
    }

    /// The first commit of a transfer that does not exist yet.
    pub(crate) async fn record_new_transfer(
        &self,
        transfer: Transfer,
        beside: &Beside<'_>,
        events: &[Event],
    ) -> Result<Recorded, RecordError> {
        let recorded = self.record_transfer_over(0, transfer, beside, events).await;
        recorded.map_err(|setback| match setback {
            Setback::Final(error) => error,
            Setback::Stale | Setback::Fenced => RecordError::Store("the id is taken".into()),
        })
    }

    async fn record_transfer_over(
        &self,
        expected: u64,
        transfer: Transfer,
        beside: &Beside<'_>,
        events: &[Event],
    ) -> Result<Recorded, Setback> {
        let (at, snapshot) = (self.now(), self.snapshot.load_full());
        let before = transfer.state.clone();
        let draft = Draft::of(expected, transfer, events, at).map_err(Setback::Final)?;
        let change = draft.change(beside, at, &snapshot);
        let Draft { next, news, .. } = draft;
        let recorded = Recorded { transfer: next, changed: !news.is_empty() };
        if !recorded.changed && is_idle(beside) && expected > 0 {
            return Ok(recorded);
        }
        paymux_store::crashpoint!("engine.before_commit");
        self.store.commit(change).await?;
        paymux_store::crashpoint!("engine.after_commit");
        self.bell.ring();
        self.call_for_a_person(&before, &recorded.transfer);
        for event in news {
            self.metrics.events.with_label_values(&[event.name()]).inc();
            let transfer = &recorded.transfer;
            tracing::info!(
                transfer_id = %transfer.id,
                merchant = transfer.merchant.as_str(),
                event = event.name(),
                status = transfer.state.name(),
                "transfer.applied"
            );
        }
        Ok(recorded)
    }
}

impl<S: Store> Gateway<S> {
    fn call_for_a_person(&self, before: &State, transfer: &Transfer) {
        let became = |of: fn(&State) -> bool| of(&transfer.state) && !of(before);
        let paid = became(|it| matches!(it, State::Succeeded { .. }));
        let reason = if paid && matches!(before, State::Failed(_)) {
            // What was reserved had been given free, and is gone: nothing is booked by itself.
            "transfer_paid_after_failure"
        } else if became(|it| matches!(it, State::Abnormal(_))) {
            "transfer_abnormal"
        } else {
            return;
        };
        tracing::error!(transfer_id = %transfer.id, reason, "transfer.needs_attention");
        self.metrics.attention.with_label_values(&[reason]).inc();
    }
}

fn is_idle(beside: &Beside<'_>) -> bool {
    let Beside { once, begin, answer, notification, lease, shed: _, act, terms: _ } = beside;
    let asks = begin.is_some() || answer.is_some() || notification.is_some();
    once.is_empty() && !asks && lease.is_none() && act.is_none()
}

/// A transfer after its events, before its commit.
struct Draft<'e> {
    expected: u64,
    next: Transfer,
    /// None of one that is new.
    before: Option<State>,
    news: Vec<&'e Event>,
    effects: Vec<Effect>,
}

impl<'e> Draft<'e> {
    fn of(
        expected: u64,
        from: Transfer,
        events: &'e [Event],
        at: Timestamp,
    ) -> Result<Self, RecordError> {
        let before = (expected > 0).then(|| from.state.clone());
        let mut draft = Self { expected, next: from, before, news: vec![], effects: vec![] };
        for event in events {
            match draft.next.apply(event, at)? {
                Transition::Redundant => {}
                Transition::Rejected(rejection) => return Err(rejection.into()),
                Transition::Applied { next, effects } => {
                    draft.next = *next;
                    draft.news.push(event);
                    draft.effects.extend(effects);
                }
            }
        }
        let sound = draft.next.check();
        sound.map_err(|it| RecordError::Store(format!("a defect was stopped: {it}")))?;
        Ok(draft)
    }

    fn change(&self, beside: &Beside<'_>, at: Timestamp, snapshot: &Snapshot) -> Change {
        let writes = self.expected == 0 || !self.news.is_empty();
        let spending = self.spending(beside);
        let (expected, next) = (self.expected, self.next.clone());
        let mut change = Change {
            transfer: writes.then_some(TransferWrite { expected, next, spending }),
            journal: self.next.posting(self.before.as_ref(), at).into_iter().collect(),
            once: beside.once.clone(),
            begin: beside.begin.clone(),
            answer: beside.answer.as_ref().map(|it| self.answered(it)),
            release: beside.answer.as_ref().map(|it| it.0.clone()),
            notification: beside.notification.clone(),
            finish: beside.lease.map(|it| self.finish(it, beside.shed, at)),
            act: beside.act.clone(),
            ..Change::default()
        };
        change.entries.extend(self.news.iter().map(|it| self.entry(it, at)));
        for effect in &self.effects {
            self.realize(*effect, at, snapshot, &mut change);
        }
        change
    }

    /// What is promised counts on the day it was asked for; what came to nothing counts no more.
    fn spending(&self, beside: &Beside<'_>) -> Vec<Spending> {
        let took = self.before.as_ref().is_some_and(State::takes_money);
        let amount = match (took, self.next.state.takes_money()) {
            (false, true) => self.next.amount.minor(),
            (true, false) => -self.next.amount.minor(),
            (true, true) | (false, false) => return vec![],
        };
        let day = self.next.spent_on;
        let currency = self.next.amount.currency();
        let terms = beside.terms.as_ref();
        [
            (format!("merchant/{}", self.next.merchant), terms.and_then(|it| it.daily_amount)),
            (
                format!("account/{}", self.next.account),
                terms.and_then(|it| it.account_daily_amount),
            ),
        ]
        .map(|(spender, limit)| Spending { spender, day, currency, amount, limit })
        .to_vec()
    }

    fn finish(&self, lease: &Leased, shed: Option<Shed>, at: Timestamp) -> Finish {
        let then = match (self.next.ask_again_at(at), shed) {
            (Some(asked), Some(shed)) => Then::Again(shed.again(asked, at)),
            (Some(asked), None) => Then::Again(asked),
            (None, _) => Then::Done,
        };
        Finish { kind: lease.kind.clone(), fence: lease.fence, then }
    }

    fn answered(&self, (key, status): &(IdempotencyKey, u16)) -> Answered {
        let body = render::bytes(&render::transfer(&self.next));
        Answered { key: key.clone(), answer: Answer { status: *status, body } }
    }

    fn entry(&self, event: &Event, at: Timestamp) -> Entry {
        let detail = render::transfer_detail(event).to_string();
        Entry { payment: self.next.id.root(), at, kind: event.name().into(), detail }
    }

    fn realize(&self, effect: Effect, at: Timestamp, snapshot: &Snapshot, change: &mut Change) {
        match effect {
            Effect::Walk { due } => {
                change.tasks.push(Task { kind: TaskKind::Transfer(self.next.id), due });
            }
            Effect::Tell { number, notice } => self.tell(number, notice, at, snapshot, change),
        }
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
        let merchant = &self.next.merchant;
        let id = EventId { payment: self.next.id.root(), number };
        change.events.push(MerchantEvent {
            id,
            merchant: merchant.clone(),
            kind: notice.name().into(),
            payload: render::transfer_event(&self.next, number, notice, at),
            created_at: at,
        });
        let endpoints = snapshot.merchant(merchant).map_or(&[][..], |it| &it.endpoints);
        for endpoint in endpoints {
            let id = DeliveryId { event: id, endpoint: endpoint.id.clone() };
            let due = Delivery::first_due(&endpoint.schedule, at);
            change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
            change.deliveries.push(Delivery::new(id, merchant.clone()));
        }
    }
}
