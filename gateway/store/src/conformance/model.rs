//! Random histories, lived by the memory store and by the driver: both must tell the same story.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_core::delivery::DeliveryState;
use paymux_core::endpoint::{Disabled, DisabledReason};
use paymux_core::ledger::{Exit, Posting};

use super::rng::Rng;
use super::sample::{self, MERCHANT, OTHER, id, payments, task};
use super::view::{Names, view};
use super::word;
use crate::memory::MemoryStore;
use crate::{
    Change, Disposition, EndpointWrite, Finish, Leased, Managed, ManagedKind, Store, TaskKind,
    Then, Write,
};

pub(super) const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
const STEPS: u64 = 120;
const REASONS: [DisabledReason; 4] = DisabledReason::ALL;
const OWNERS: [&str; 2] = [MERCHANT, OTHER];

pub(super) async fn any_history_equals_the_models<S: Store>(store: S, seed: u64) {
    let mut history = History::new(&store, seed);
    for step in 0..STEPS {
        history.step().await.unwrap_or_else(|it| panic!("seed {seed}, step {step}: {it}"));
    }
}

struct History<'a, S> {
    rng: Rng,
    model: MemoryStore,
    driver: &'a S,
    names: Names,
    /// The same hand-out, with the model's fence and the driver's.
    leased: Vec<(Leased, Leased)>,
    now: i64,
}

impl<'a, S: Store> History<'a, S> {
    fn new(driver: &'a S, seed: u64) -> Self {
        let (model, rng) = (MemoryStore::default(), Rng::new(seed));
        Self { rng, model, driver, names: Names::default(), leased: vec![], now: 4_000 }
    }

    async fn step(&mut self) -> Result<(), String> {
        self.now += i64::try_from(self.rng.below(60)).unwrap_or(0);
        if self.rng.percent(20) {
            let limit = usize::try_from(self.rng.below(4)).unwrap_or(0);
            return self.lease(self.now, limit).await;
        }
        let change = self.change().await;
        self.commit(change).await
    }

    async fn lease(&mut self, now: i64, limit: usize) -> Result<(), String> {
        let (now, lease) = (Timestamp(now), Duration::from_millis(200));
        let ours = self.model.lease(now, lease, limit).await.expect("a lease");
        let theirs = self.driver.lease(now, lease, limit).await.expect("a lease");
        let plain =
            |it: &[Leased]| it.iter().map(|it| (it.kind.clone(), it.due)).collect::<Vec<_>>();
        same("leased", plain(&ours), plain(&theirs))?;
        self.leased.extend(ours.into_iter().zip(theirs));
        Ok(())
    }

    async fn commit(&mut self, change: Change) -> Result<(), String> {
        self.names.add(&change);
        let (ours, mut theirs) = (change.clone(), change);
        if let Some(finish) = &mut theirs.finish
            && let Some((_, leased)) = self.leased.iter().find(|it| holds(&it.0, finish))
        {
            finish.fence = leased.fence;
        }
        let story = format!("{ours:?}");
        let outcome = self.model.commit(ours).await;
        let answer = self.driver.commit(theirs).await;
        same("committed", word(&outcome), word(&answer)).map_err(|it| format!("{it}: {story}"))?;
        let (model, driver) =
            (view(&self.model, &self.names).await, view(self.driver, &self.names).await);
        same("stored", model, driver).map_err(|it| format!("{it}: {story}"))
    }
}

fn holds(leased: &Leased, finish: &Finish) -> bool {
    leased.kind == finish.kind && leased.fence == finish.fence
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, model: T, driver: T) -> Result<(), String> {
    if model == driver {
        return Ok(());
    }
    Err(format!("{what}:\n  model  {model:?}\n  driver {driver:?}"))
}

/// Random changes over few names, so that they meet.
impl<S: Store> History<'_, S> {
    fn number(&mut self, end: u64) -> u16 {
        u16::try_from(self.rng.below(end)).unwrap_or(0) + 1
    }

    fn owner(&mut self) -> &'static str {
        self.rng.pick::<&'static str>(&OWNERS)
    }

    fn payment_id(&mut self, merchant: &str) -> paymux_core::PaymentId {
        let number = self.number(2);
        sample::payment_id(merchant, number)
    }

    async fn change(&mut self) -> Change {
        let merchant = self.owner();
        let mut change = Change::default();
        if self.rng.percent(50) {
            change.payment = Some(self.write(merchant).await);
        }
        if self.rng.percent(15) {
            change.act = Some(sample::act(&format!("{merchant}/{}", self.number(9))));
        }
        if self.rng.percent(15) {
            let number = self.number(6).to_string();
            change.once.push(sample::once(sample::order_key(merchant, &number), "holder"));
        }
        if self.rng.percent(30) {
            let account = self.rng.pick::<&'static str>(&["ali-1", "wx-1"]);
            let (count, amount) = if self.rng.percent(40) { (-1, -7) } else { (1, 7) };
            change.takings.push(sample::taking(account, count, amount));
        }
        if self.rng.percent(40) {
            self.post(merchant, &mut change);
        }
        self.request(merchant, &mut change);
        self.tell(merchant, &mut change);
        self.work(&mut change);
        if self.rng.percent(20) {
            change.endpoint = Some(self.endpoint(merchant).await);
        }
        if self.rng.percent(20) {
            let stored = self.model.managed_generation().await.expect("a read");
            let version = if self.rng.percent(80) { stored + 1 } else { self.rng.below(4) };
            let kind = *self.rng.pick(&[ManagedKind::Account, ManagedKind::Merchant]);
            let item = sample::managed(kind, &self.number(3).to_string(), version);
            let sealed = item.sealed.clone().filter(|_| self.rng.percent(70));
            change.managed = Some(Managed { sealed, ..item });
        }
        change
    }

    async fn write(&mut self, merchant: &str) -> Write {
        let id = self.payment_id(merchant);
        let mut next = payments::random(&mut self.rng, id, merchant);
        let stored = self.model.payment(id).await.expect("a read").map_or(0, |it| it.version);
        let expected = if self.rng.percent(85) { stored } else { self.rng.below(4) };
        next.version = expected + u64::from(self.rng.percent(95));
        Write { expected, next }
    }

    /// A new version, a comparison, or one that comes too late.
    async fn endpoint(&mut self, merchant: &str) -> EndpointWrite {
        let mut next = sample::endpoint(merchant, "shop");
        let stored = self.model.endpoint(&next.merchant, &next.endpoint).await.expect("a read");
        let stored = stored.map_or(0, |it| it.version);
        let expected = if self.rng.percent(80) { stored } else { self.rng.below(4) };
        next.version = expected + u64::from(self.rng.percent(60));
        next.failing_since = self.rng.percent(50).then_some(Timestamp(self.now));
        let disabled = Disabled { at: Timestamp(self.now), reason: *self.rng.pick(&REASONS) };
        next.disabled = self.rng.percent(50).then_some(disabled);
        EndpointWrite { expected, next }
    }

    /// Money that comes and money that is to go, under few numbers, so that they meet.
    fn post(&mut self, merchant: &str, change: &mut Change) {
        for _ in 0..=self.rng.below(2) {
            let number = self.number(40);
            let amount = i64::from(self.number(9));
            let reserved = sample::reserve(merchant, number, amount);
            let paid = sample::paid(merchant, number, amount);
            let (matter, shop, at) = (sample::payout(number), id(merchant), Timestamp(self.now));
            let fen = sample::fen(amount);
            let ended = if self.rng.percent(50) {
                Posting::pay(&matter, &shop, Exit::Channel(id("ali-1")), fen, at)
            } else {
                Posting::release(&matter, &shop, fen, at)
            };
            let moves = [paid.clone(), paid, reserved.clone(), reserved, ended.expect("it moves")];
            change.journal.push(self.rng.pick(&moves).clone());
        }
    }

    fn request(&mut self, merchant: &str, change: &mut Change) {
        let key = self.number(8).to_string();
        let key = sample::idempotency_key(merchant, &key);
        change.begin = self.rng.percent(20).then(|| sample::begin(key.clone()));
        let body = self.rng.below(100).to_string();
        change.answer = self.rng.percent(15).then(|| sample::answer(key, body.as_bytes()));
    }

    fn tell(&mut self, merchant: &str, change: &mut Change) {
        let all = [Disposition::Applied, Disposition::Quarantined, Disposition::Orphan];
        let (note, disposition) = (self.number(6), *self.rng.pick(&all));
        let note = sample::evidence(&note.to_string(), disposition);
        change.notification = self.rng.percent(20).then_some(note);
        let payment = self.payment_id(merchant);
        for _ in 0..self.rng.below(3) {
            let number = self.number(40);
            change.events.push(sample::event(merchant, payment, number));
            let mut delivery = sample::delivery(payment, number % 3 + 1, "shop");
            delivery.merchant = id(merchant);
            let at = Timestamp(self.now);
            let states = [
                DeliveryState::Due,
                DeliveryState::Delivered { at },
                DeliveryState::Exhausted { at },
                DeliveryState::Held { at },
            ];
            (delivery.attempts, delivery.state) = (number, *self.rng.pick(&states));
            change.deliveries.push(delivery);
            change.entries.push(sample::entry(payment, &number.to_string()));
        }
    }

    fn task_kind(&mut self) -> TaskKind {
        let payment = self.payment_id(MERCHANT);
        let kinds =
            [sample::resolve(payment, 1), sample::refund(payment, 1), sample::deliver(payment, 1)];
        self.rng.pick(&kinds).clone()
    }

    fn work(&mut self, change: &mut Change) {
        for _ in 0..self.rng.below(3) {
            let due = self.now + i64::try_from(self.rng.below(400)).unwrap_or(0) - 100;
            change.tasks.push(task(self.task_kind(), due));
        }
        let again = Then::Again(Timestamp(self.now + 50));
        let then = *self.rng.pick(&[Then::Done, Then::Done, again]);
        if self.rng.percent(40) && !self.leased.is_empty() {
            let (held, _) = self.rng.pick(&self.leased).clone();
            change.finish = Some(Finish { kind: held.kind, fence: held.fence, then });
        } else if self.rng.percent(3) {
            change.finish = Some(Finish { kind: self.task_kind(), fence: u64::MAX, then });
        }
    }
}
