//! The rows of a payment, as the gateway writes them, for a store without a gateway.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use paymux_core::delivery::Delivery;
use paymux_core::payment::{
    Action, Effect, Event, Method, Order, Payer, Payment, Policy, Receipt, Transition, Way,
};
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AttemptId, Currency, DeliveryId, EventId, MerchantId, Money, PaymentId, Timestamp,
};
use paymux_store::{
    Answer, Answered, Begin, Change, Disposition, Entry, Evidence, IdempotencyKey, Key,
    MerchantEvent, Once, Taking, Task, TaskKind, Write,
};

/// As long as a notification of Alipay's, and as a webhook.
const NOTIFICATION: usize = 1100;
const WEBHOOK: usize = 640;
const ANSWER: usize = 480;
const ACCOUNT: &str = "alipay-sandbox";

/// Payments by number, all of one merchant and different in nothing else.
pub struct Rows {
    merchant: MerchantId,
    begun: Timestamp,
}

impl Rows {
    pub fn new(begun_ms: i64) -> anyhow::Result<Self> {
        let merchant = "m0".parse().map_err(|_| anyhow::anyhow!("m0 is a merchant"))?;
        Ok(Self { merchant, begun: Timestamp(begun_ms) })
    }

    /// The two commits of a created payment: the intent, and what the channel answered.
    pub fn created(&self, number: u32) -> anyhow::Result<([Change; 2], Payment)> {
        let (new, key) = (self.payment(number)?, self.key(number));
        let id = new.id;
        let attempt = new.next_attempt_id();
        let way = Box::new(Way { method: Method::Qr, channel: None, payer: Payer::default() });
        let account = ACCOUNT.parse()?;
        let sent = Event::Dispatched { attempt, account, way, till: None, terms: vec![] };
        let accepted = Event::Accepted { attempt, action: Action::QrCode(filler(60)) };
        let (mut intent, payment) = self.step(&new, &sent)?;
        intent.once = vec![Once {
            key: Key::Order(self.merchant.clone(), new.order.order_no.clone()),
            holder: id.to_string(),
        }];
        intent.begin = Some(Begin {
            key: key.clone(),
            fingerprint: [7; 32],
            holder: id.to_string(),
            until: self.begun.after(Duration::from_secs(15)),
            created_at: self.begun,
        });
        let (mut answered, payment) = self.step(&payment, &accepted)?;
        let answer = Answer { status: 201, body: filler(ANSWER).into() };
        answered.answer = Some(Answered { key, answer });
        Ok(([intent, answered], payment))
    }

    /// What a notification commits.
    pub fn paid(&self, payment: &Payment) -> anyhow::Result<Change> {
        let attempt = payment.current().context("it was dispatched")?.id;
        let receipt = Receipt {
            amount: payment.order.amount,
            channel_trade_no: format!("20261122{}", payment.order.order_no),
            paid_at: self.begun,
        };
        let (mut change, paid) = self.step(payment, &Event::Paid { attempt, receipt })?;
        change.notification = Some(Evidence {
            account: ACCOUNT.parse()?,
            id: format!("2026112200222{}", payment.order.order_no),
            kind: "trade_status_sync".into(),
            payment: Some(paid.id),
            disposition: Disposition::Applied,
            headers: "content-type: application/x-www-form-urlencoded; charset=utf-8\n".into(),
            body: filler(NOTIFICATION).into(),
            received_at: self.begun,
        });
        let taken = Taken { count: 1, amount: paid.order.amount.minor() };
        let (account, day) = (ACCOUNT.parse()?, Day(20_000));
        change.takings = vec![Taking { account, day, currency: Currency::Cny, taken }];
        Ok(change)
    }

    /// All rows of a payment that was paid long ago, in one commit and without a task.
    pub fn whole(&self, number: u32) -> anyhow::Result<Change> {
        let ([intent, answered], payment) = self.created(number)?;
        let mut change = self.paid(&payment)?;
        if let Some(write) = &mut change.payment {
            write.expected = 0;
        }
        let entries = [intent.entries, answered.entries].concat();
        change.entries.splice(0..0, entries);
        change.tasks.clear();
        Ok(Change { once: intent.once, begin: intent.begin, ..change })
    }

    /// The number of a payment's first try.
    pub fn attempt(&self, number: u32) -> anyhow::Result<AttemptId> {
        Ok(self.payment(number)?.next_attempt_id())
    }

    fn key(&self, number: u32) -> IdempotencyKey {
        IdempotencyKey { merchant: self.merchant.clone(), key: format!("key-{number:09}") }
    }

    fn payment(&self, number: u32) -> anyhow::Result<Payment> {
        let at = Timestamp(self.begun.0 + i64::from(number / 8));
        let order = Order {
            merchant: self.merchant.clone(),
            order_no: format!("rows-{number:09}").parse()?,
            amount: Money::new(100, Currency::Cny)?,
            subject: "Load test".into(),
            parts: vec![],
            metadata: BTreeMap::new(),
            return_url: None,
            created_at: at,
            expires_at: at.after(Duration::from_secs(1800)),
            policy: Policy::default(),
            cashier: None,
            door: None,
            splittable: false,
            fingerprint: [7; 32],
        };
        let chance = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        Ok(Payment::new(PaymentId::new(at, &self.merchant, chance), order))
    }

    /// One event, and all that follows from it.
    fn step(&self, payment: &Payment, event: &Event) -> anyhow::Result<(Change, Payment)> {
        let Transition::Applied { next, effects } = payment.apply(event, self.begun)? else {
            bail!("{} is no news", event.name());
        };
        let entry = Entry {
            payment: next.id,
            at: self.begun,
            kind: event.name().into(),
            detail: format!("{{\"number\":\"{}\"}}", filler(60)),
        };
        let write = Write { expected: payment.version, next: (*next).clone() };
        let mut change = Change { payment: Some(write), entries: vec![entry], ..Change::default() };
        for effect in effects {
            self.effect(&next, &effect, &mut change)?;
        }
        Ok((change, *next))
    }

    fn effect(
        &self,
        payment: &Payment,
        effect: &Effect,
        change: &mut Change,
    ) -> anyhow::Result<()> {
        match effect {
            Effect::Resolve { attempt, due } => {
                change.tasks.push(Task { kind: TaskKind::Resolve(*attempt), due: *due });
            }
            Effect::Refund { refund, due } => {
                change.tasks.push(Task { kind: TaskKind::Refund(*refund), due: *due });
            }
            Effect::Split { split, due } => {
                change.tasks.push(Task { kind: TaskKind::Split(*split), due: *due });
            }
            Effect::Tell { number, .. } => {
                let event = EventId { payment: payment.id, number: *number };
                let id = DeliveryId { event, endpoint: "shop".parse()? };
                let merchant = self.merchant.clone();
                change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due: self.begun });
                change.deliveries.push(Delivery::new(id, merchant.clone()));
                change.events.push(MerchantEvent {
                    id: event,
                    merchant,
                    kind: "payment.succeeded".into(),
                    payload: filler(WEBHOOK).into(),
                    created_at: self.begun,
                });
            }
        }
        Ok(())
    }
}

fn filler(length: usize) -> String {
    "0123456789abcdef".chars().cycle().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paid_payment_has_a_row_of_each_kind() {
        let rows = Rows::new(1_790_000_000_000).unwrap();
        let ([intent, answered], payment) = rows.created(7).unwrap();
        assert!(intent.begin.is_some() && !intent.tasks.is_empty() && answered.answer.is_some());
        let paid = rows.paid(&payment).unwrap();
        assert_eq!((paid.events.len(), paid.deliveries.len()), (1, 1));
        assert!(paid.notification.is_some() && paid.payment.is_some());
        let other = rows.created(8).unwrap().1;
        assert_ne!(other.id, payment.id);
    }
}
