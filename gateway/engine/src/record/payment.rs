//! A payment as the recorder sees it.

use paymux_core::ledger::{self, Booked};
use paymux_core::payment::{Effect, Event, Notice, Payment, Transition};
use paymux_core::route::{self, Shift};
use paymux_core::{AttemptId, MerchantId, PaymentId, Timestamp};
use paymux_store::{Change, Read, Store, Taking, Task, TaskKind, Then, Write};

use super::machine::{Follow, Machine, Met, Named, Over};
use crate::flow;
use crate::render;
use crate::snapshot::Snapshot;

/// What it had taken from its accounts' days, and what was booked of it.
pub struct Before {
    taking: Vec<AttemptId>,
    booked: Booked,
}

impl Named for PaymentId {
    type Of = Payment;
}

impl Machine for Payment {
    type Id = PaymentId;
    type Event = Event;
    type Effect = Effect;
    type Before = Before;
    type Terms = ();

    async fn find<S: Store>(store: &S, id: PaymentId) -> Read<Option<Self>> {
        store.payment(id).await
    }

    fn id(&self) -> PaymentId {
        self.id
    }

    fn root(&self) -> PaymentId {
        self.id
    }

    fn merchant(&self) -> &MerchantId {
        &self.order.merchant
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn check(&self) -> Result<(), &'static str> {
        Self::check(self)
    }

    fn meet(&self, event: &Event, at: Timestamp) -> Met<Self> {
        Ok(match self.apply(event, at)? {
            Transition::Redundant => None,
            Transition::Rejected(rejection) => return Err(rejection.into()),
            Transition::Applied { next, effects } => Some((*next, effects)),
        })
    }

    fn before(&self) -> Before {
        Before { taking: self.taking(), booked: self.booked() }
    }

    fn follow(&self, effect: &Effect, at: Timestamp, snapshot: &Snapshot) -> Follow {
        let task = |kind, due: &Timestamp| Follow::Task(Task { kind, due: *due });
        match effect {
            Effect::Resolve { attempt, due } => task(TaskKind::Resolve(*attempt), due),
            Effect::Refund { refund, due } => task(TaskKind::Refund(*refund), due),
            Effect::Split { split, due } => task(TaskKind::Split(*split), due),
            Effect::Tell { number, notice } => Follow::Tell {
                number: *number,
                kind: notice.name(),
                payload: render::event(self, *number, *notice, at, snapshot),
                paid_at: paid_at(self, *notice),
                doors: snapshot.doors(self, *notice),
            },
        }
    }

    fn write(&self, over: &Over<'_, Self>, change: &mut Change) {
        change.payment = Some(Write { expected: over.expected, next: self.clone() });
        change.takings = takings(self, &over.before.taking, over.snapshot);
        change.journal = ledger::postings(&over.before.booked, self, over.at);
    }

    fn then(&self, task: &TaskKind, at: Timestamp) -> Then {
        flow::then(self, task, at)
    }

    fn name(event: &Event) -> &'static str {
        event.name()
    }

    fn detail(event: &Event) -> String {
        render::detail(event).to_string()
    }

    fn log(&self, event: &'static str) {
        tracing::info!(
            payment_id = %self.id,
            merchant = self.order.merchant.as_str(),
            event,
            status = render::status(self),
            version = self.version,
            "payment.applied"
        );
    }

    fn calls_for_a_person(&self, _: &Before) -> Option<&'static str> {
        None
    }
}

/// What a commit takes from its accounts' days, or gives back.
fn takings(payment: &Payment, before: &[AttemptId], snapshot: &Snapshot) -> Vec<Taking> {
    let shifts = route::shifts(before, payment).into_iter();
    let currency = payment.order.amount.currency();
    let taking = |it: Shift| {
        let day = snapshot.routing.live.day(it.dispatched_at);
        Taking { account: it.account, day, currency, taken: it.taken }
    };
    shifts.map(taking).collect()
}

/// When the money came that a notice tells of.
fn paid_at(payment: &Payment, notice: Notice) -> Option<Timestamp> {
    let attempt = match notice.surplus() {
        Some(attempt) => payment.attempt(attempt),
        None if notice == Notice::PaymentSucceeded => payment.shown(),
        None => None,
    };
    attempt?.receipt.as_ref().map(|it| it.paid_at)
}
