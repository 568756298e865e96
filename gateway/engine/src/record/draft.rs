//! What a commit will be: a machine after its events, and all that follows from them.

use paymux_core::delivery::Delivery;
use paymux_core::{DeliveryId, EndpointId, EventId, Timestamp};
use paymux_store::{Answered, Change, Entry, Finish, Leased, MerchantEvent, Task, TaskKind, Then};

use super::machine::{Follow, Machine, Over};
use super::{Along, AnswerBy, RecordError};
use crate::flow::shed::Shed;
use crate::snapshot::Snapshot;

pub(super) struct Draft<'e, M: Machine> {
    /// The version that was read; zero where there was none.
    expected: u64,
    pub(super) next: M,
    pub(super) before: M::Before,
    pub(super) news: Vec<&'e M::Event>,
    effects: Vec<M::Effect>,
}

impl<'e, M: Machine> Draft<'e, M> {
    pub(super) fn of(
        expected: u64,
        from: M,
        events: &'e [M::Event],
        at: Timestamp,
    ) -> Result<Self, RecordError> {
        let before = from.before();
        let mut draft = Self { expected, next: from, before, news: vec![], effects: vec![] };
        for event in events {
            if let Some((next, effects)) = draft.next.meet(event, at)? {
                draft.next = next;
                draft.news.push(event);
                draft.effects.extend(effects);
            }
        }
        let sound = draft.next.check();
        sound.map_err(|it| RecordError::Store(format!("a defect was stopped: {it}")))?;
        Ok(draft)
    }

    pub(super) fn change(
        &self,
        along: &Along<'_, M>,
        at: Timestamp,
        snapshot: &Snapshot,
    ) -> Change {
        let mut change = Change {
            once: along.once.clone(),
            begin: along.begin.clone(),
            answer: along.answer.as_ref().and_then(|it| self.answered(it)),
            release: along.release.clone(),
            notification: along.notification.clone(),
            finish: along.lease.map(|it| self.finish(it, along.shed, at)),
            entries: along.entries.clone(),
            tasks: along.wake.iter().map(|it| Task { kind: it.clone(), due: at }).collect(),
            act: along.act.clone(),
            ..Change::default()
        };
        if self.expected == 0 || !self.news.is_empty() {
            let (expected, before, terms) = (self.expected, &self.before, &along.terms);
            self.next.write(&Over { expected, before, terms, at, snapshot }, &mut change);
        }
        change.entries.extend(self.news.iter().map(|it| self.entry(it, at)));
        for effect in &self.effects {
            match self.next.follow(effect, at, snapshot) {
                Follow::Task(task) => change.tasks.push(task),
                Follow::Tell { number, kind, payload, paid_at, doors } => {
                    let id = EventId { payment: self.next.root(), number };
                    change.events.push(self.event(id, kind, payload, at));
                    self.deliver(id, paid_at, (at, snapshot, &doors), &mut change);
                }
            }
        }
        change
    }

    fn finish(&self, lease: &Leased, shed: Option<Shed>, at: Timestamp) -> Finish {
        let then = match (self.next.then(&lease.kind, at), shed) {
            (Then::Again(asked), Some(shed)) => Then::Again(shed.again(asked, at)),
            (then, _) => then,
        };
        Finish { kind: lease.kind.clone(), fence: lease.fence, then }
    }

    fn answered(&self, by: &AnswerBy<'_, M>) -> Option<Answered> {
        let answer = (by.render)(&self.next)?;
        Some(Answered { key: by.key.clone(), answer })
    }

    fn entry(&self, event: &M::Event, at: Timestamp) -> Entry {
        let (kind, detail) = (M::name(event).into(), M::detail(event));
        Entry { payment: self.next.root(), at, kind, detail }
    }

    fn event(&self, id: EventId, kind: &str, payload: Vec<u8>, at: Timestamp) -> MerchantEvent {
        let merchant = self.next.merchant().clone();
        MerchantEvent { id, merchant, kind: kind.into(), payload, created_at: at }
    }

    fn deliver(
        &self,
        event: EventId,
        paid_at: Option<Timestamp>,
        (at, snapshot, doors): (Timestamp, &Snapshot, &[EndpointId]),
        change: &mut Change,
    ) {
        let merchant = self.next.merchant();
        for endpoint in snapshot.merchant(merchant).into_iter().flat_map(|it| it.hearers(doors)) {
            let id = DeliveryId { event, endpoint: endpoint.id.clone() };
            let due = Delivery::first_due(&endpoint.schedule, at);
            change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
            let delivery = Delivery::new(id, merchant.clone());
            change.deliveries.push(Delivery { paid_at, ..delivery });
        }
    }
}
