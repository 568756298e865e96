//! What is committed while something dies: a change with a row in many tables, known by a number.

pub(crate) mod child;

use paymux_core::delivery::Delivery;
use paymux_core::payment::{Order, Payment, Policy};
use paymux_core::{AttemptId, Currency, DeliveryId, EventId, Money, PaymentId, Timestamp};
use paymux_store::{Change, Entry, Key, MerchantEvent, Once, Store, Task, TaskKind, Write};

pub(crate) fn payment_id(number: u16) -> PaymentId {
    let at = Timestamp(1_000 + i64::from(number));
    PaymentId::new(at, &"demo".parse().unwrap(), number.into())
}

fn payment(number: u16) -> Payment {
    let order = Order {
        merchant: "demo".parse().unwrap(),
        order_no: number.to_string().parse().unwrap(),
        amount: Money::new(1, Currency::Cny).unwrap(),
        subject: "Tea".into(),
        parts: vec![],
        metadata: Default::default(),
        return_url: None,
        created_at: Timestamp(0),
        expires_at: Timestamp(1),
        policy: Policy::default(),
        cashier: None,
        door: None,
        splittable: false,
        fingerprint: [0; 32],
    };
    Payment { version: 1, ..Payment::new(payment_id(number), order) }
}

/// A row in many tables.
pub(crate) fn change(number: u16) -> Change {
    let next = payment(number);
    let (merchant, payment) = (next.order.merchant.clone(), next.id);
    let event = EventId { payment, number: 1 };
    let delivery = DeliveryId { event, endpoint: "shop".parse().unwrap() };
    let attempt = AttemptId { payment, number: 1 };
    let (kind, created_at) = (String::new(), Timestamp(0));
    let key = Key::Order(merchant.clone(), next.order.order_no.clone());
    Change {
        payment: Some(Write { expected: 0, next }),
        once: vec![Once { key, holder: payment.to_string() }],
        events: vec![MerchantEvent {
            id: event,
            merchant: merchant.clone(),
            kind,
            payload: vec![0; 200],
            created_at,
        }],
        deliveries: vec![Delivery::new(delivery, merchant)],
        tasks: vec![Task { kind: TaskKind::Resolve(attempt), due: Timestamp(0) }],
        entries: vec![Entry { payment, at: created_at, kind: "new".into(), detail: "{}".into() }],
        ..Change::default()
    }
}

/// How many of the change's rows there are.
pub(crate) async fn rows(store: &impl Store, number: u16) -> usize {
    let change = change(number);
    let id = payment_id(number);
    let holder = store.holder(&change.once[0].key).await.unwrap();
    [
        store.payment(id).await.unwrap() == Some(payment(number)),
        holder == Some(id.to_string()),
        store.event(change.events[0].id).await.unwrap().as_ref() == Some(&change.events[0]),
        store.deliveries(id).await.unwrap() == change.deliveries,
        store.timeline(id).await.unwrap() == change.entries,
    ]
    .into_iter()
    .filter(|it| *it)
    .count()
}
