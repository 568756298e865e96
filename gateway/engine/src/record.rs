//! `record`: event → apply → commit. The one way in which anything with a history changes: a
//! payment, a transfer, whatever is a `Machine`.

mod draft;
mod machine;
mod payment;
mod transfer;

use paymux_core::payment::{Contradiction, Payment, Rejection};
use paymux_core::planted::bug;
use paymux_core::{EventId, MerchantId, Timestamp};
use paymux_store::{
    Act, Answer, Begin, Change, CommitError, Duplicate, Entry, Evidence, IdempotencyKey, Leased,
    Once, Store, TaskKind, Then,
};
use tracing::Instrument as _;

use crate::flow::shed::Shed;
use crate::gateway::Gateway;
use crate::traces::TARGET;
use draft::Draft;
use machine::{Machine, Named};

/// Writers of one row that may overtake us before we give up and say "busy".
pub(crate) const MAX_RACES: usize = 16;

/// What goes into the same commit as the events.
pub struct Along<'a, M: Machine = Payment> {
    pub once: Vec<Once>,
    pub begin: Option<Begin>,
    /// The answer of an idempotent request, rendered from what was committed.
    pub answer: Option<AnswerBy<'a, M>>,
    /// A request that ends here: unless it was answered, a repeat may take over at once.
    pub release: Option<IdempotencyKey>,
    pub notification: Option<Evidence>,
    /// The task being worked on: ended or put off in the same commit, as the new state
    /// says, and never on the word of whoever works on it.
    pub lease: Option<&'a Leased>,
    /// Where the task's call did not leave, it runs again sooner than the state asks for.
    pub shed: Option<Shed>,
    pub entries: Vec<Entry>,
    /// Tasks to look at now, whatever the events do.
    pub wake: Vec<TaskKind>,
    /// Who had it done, where somebody has.
    pub act: Option<Act>,
    pub terms: M::Terms,
}

impl<M: Machine> Default for Along<'_, M> {
    fn default() -> Self {
        Self {
            once: vec![],
            begin: None,
            answer: None,
            release: None,
            notification: None,
            lease: None,
            shed: None,
            entries: vec![],
            wake: vec![],
            act: None,
            terms: M::Terms::default(),
        }
    }
}

pub struct AnswerBy<'a, M = Payment> {
    pub key: IdempotencyKey,
    /// `None` while there is nothing final to say.
    pub render: &'a (dyn Fn(&M) -> Option<Answer> + Send + Sync),
}

/// What a commit left behind.
#[derive(Debug)]
pub struct Recorded<M = Payment> {
    pub next: M,
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
    #[error(transparent)]
    Settlement(#[from] paymux_core::settlement::Rejection),
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
    pub async fn load<I: Named>(&self, id: I) -> Result<I::Of, RecordError> {
        let found = I::Of::find(&self.store, id).await;
        let next = found.map_err(|it| RecordError::Store(it.to_string()))?;
        let next = next.ok_or(RecordError::Missing)?;
        next.check().map_err(|it| RecordError::Store(format!("{id} is damaged: {it}")))?;
        Ok(next)
    }

    /// Loads, applies what `events` says of it as loaded, commits; on `Stale` again.
    pub async fn record<I: Named, F>(
        &self,
        id: I,
        along: Along<'_, I::Of>,
        events: F,
    ) -> Result<Recorded<I::Of>, RecordError>
    where
        F: Fn(&I::Of) -> Vec<<I::Of as Machine>::Event>,
    {
        let loaded = self.load(id).await?;
        self.record_from(loaded, along, events).await
    }

    /// The same over what was read before, which is read again where it has changed. Only for
    /// events that are news of it: what writes nothing is compared with nothing.
    pub async fn record_from<M: Machine, F>(
        &self,
        loaded: M,
        along: Along<'_, M>,
        events: F,
    ) -> Result<Recorded<M>, RecordError>
    where
        F: Fn(&M) -> Vec<M::Event>,
    {
        let (id, mut loaded, mut along) = (loaded.id(), loaded, along);
        for _ in 0..MAX_RACES {
            let (expected, events) = (loaded.version(), events(&loaded));
            match self.record_over(expected, loaded, &along, &events).await {
                Err(Setback::Stale) => self.metrics.stale_commits.inc(),
                Err(Setback::Fenced) => {
                    self.metrics.fenced_commits.inc();
                    // The lease is lost, the news is not.
                    along.lease = None;
                }
                Err(Setback::Final(error)) => return Err(error),
                Ok(recorded) => return Ok(recorded),
            }
            loaded = self.load(id).await?;
        }
        Err(RecordError::Store("too many writers at once".into()))
    }

    /// The first commit of what does not exist yet.
    pub async fn record_new<M: Machine>(
        &self,
        new: M,
        along: &Along<'_, M>,
        events: &[M::Event],
    ) -> Result<Recorded<M>, RecordError> {
        self.record_over(0, new, along, events).await.map_err(|setback| match setback {
            Setback::Final(error) => error,
            Setback::Stale | Setback::Fenced => RecordError::Store("the id is taken".into()),
        })
    }

    async fn record_over<M: Machine>(
        &self,
        expected: u64,
        loaded: M,
        along: &Along<'_, M>,
        events: &[M::Event],
    ) -> Result<Recorded<M>, Setback> {
        let (at, snapshot) = (self.now(), self.snapshot.load_full());
        let draft = Draft::of(expected, loaded, events, at).map_err(Setback::Final)?;
        let mut change = draft.change(along, at, &snapshot);
        if is_empty(&change) {
            return Ok(Recorded { next: draft.next, changed: false });
        }
        let unheard = snapshot.merchant(draft.next.merchant()).is_none();
        let told: Vec<_> = change.events.iter().filter(|_| unheard).map(|it| it.id).collect();
        let settled = self.carry(&mut change, at).await.map_err(Setback::Final)?;
        self.write(change, &draft.next).await?;
        settled.iter().for_each(|(it, event)| self.settled(it, event));
        told.into_iter().for_each(|it| self.tell_nobody(it, draft.next.merchant()));
        Ok(self.observe(draft))
    }

    async fn write<M: Machine>(&self, mut change: Change, next: &M) -> Result<(), Setback> {
        let due = first_due(&change);
        paymux_store::crashpoint!("engine.before_commit");
        let beside = bug("tasks-beside-commit").then(|| std::mem::take(&mut change.tasks));
        let moved = bug("journal-beside-commit").then(|| std::mem::take(&mut change.journal));
        let takings = change.takings.clone();
        let span = tracing::trace_span!(target: TARGET, "commit", payment_id = %next.root());
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
        Ok(())
    }

    fn observe<M: Machine>(&self, draft: Draft<'_, M>) -> Recorded<M> {
        let Draft { next, before, news, .. } = draft;
        if !news.is_empty() {
            self.watchers.wake(next.root());
        }
        for event in &news {
            let name = M::name(event);
            self.metrics.events.with_label_values(&[name]).inc();
            next.log(name);
        }
        if let Some(reason) = next.calls_for_a_person(&before) {
            tracing::error!(subject = %next.id(), reason, "machine.needs_attention");
            self.metrics.attention.with_label_values(&[reason]).inc();
        }
        Recorded { next, changed: !news.is_empty() }
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
        && change.transfer.is_none()
        && change.act.is_none()
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
