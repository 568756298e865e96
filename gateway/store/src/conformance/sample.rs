//! Rows to write: plain ones for the tables of cases, and payments of every shape.

pub(crate) mod payments;
mod splits;

use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Matter, Posting};
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AttemptId, Currency, DeliveryId, EventId, Money, PaymentId, RefundId, Timestamp,
};

use crate::{
    Act, Answer, Answered, Begin, Change, Disposition, EndpointWrite, Entry, Evidence,
    IdempotencyKey, Key, Managed, ManagedKind, MerchantEvent, Once, Taking, Task, TaskKind, Write,
};

pub(super) const MERCHANT: &str = "demo";
pub(super) const OTHER: &str = "other";

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a well-formed id")
}

pub(super) fn payment_id(merchant: &str, number: u16) -> PaymentId {
    let at = Timestamp(1_000 + i64::from(number));
    PaymentId::new(at, &id(merchant), u128::from(number))
}

/// Over the version before.
pub(super) fn write(payment: Payment) -> Write {
    Write { expected: payment.version - 1, next: payment }
}

pub(super) fn order_key(merchant: &str, number: &str) -> Key {
    Key::Order(id(merchant), id(number))
}

pub(super) fn once(key: Key, holder: &str) -> Once {
    Once { key, holder: holder.into() }
}

pub(super) fn idempotency_key(merchant: &str, key: &str) -> IdempotencyKey {
    IdempotencyKey { merchant: id(merchant), key: key.into() }
}

pub(crate) fn act(object: &str) -> Act {
    Act {
        at: Timestamp(4_000),
        user: "alice".into(),
        role: "operator".into(),
        address: "203.0.113.9".into(),
        action: "endpoint.enabled".into(),
        object: object.into(),
        outcome: "done".into(),
        request_id: "r-1".into(),
        detail: r#"{"subject":"茶 '\u0027\""}"#.into(),
    }
}

pub(super) fn begin(key: IdempotencyKey) -> Begin {
    let (until, created_at) = (Timestamp(9_000), Timestamp(1_000));
    Begin { key, fingerprint: [7; 32], holder: "pay".into(), until, created_at }
}

pub(super) fn answer(key: IdempotencyKey, body: &[u8]) -> Answered {
    Answered { key, answer: Answer { status: 201, body: body.into() } }
}

pub(super) fn evidence(notification: &str, disposition: Disposition) -> Evidence {
    Evidence {
        account: id("ali-1"),
        id: notification.into(),
        kind: "payment.paid".into(),
        payment: None,
        disposition,
        headers: "a: b".into(),
        body: b"raw".to_vec(),
        received_at: Timestamp(2_000),
    }
}

pub(super) fn event_id(payment: PaymentId, number: u16) -> EventId {
    EventId { payment, number }
}

pub(super) fn event(merchant: &str, payment: PaymentId, number: u16) -> MerchantEvent {
    MerchantEvent {
        id: event_id(payment, number),
        merchant: id(merchant),
        kind: "payment.succeeded".into(),
        payload: format!("{{\"number\":{number}}}").into_bytes(),
        created_at: Timestamp(3_000),
    }
}

pub(super) fn delivery_id(payment: PaymentId, number: u16, endpoint: &str) -> DeliveryId {
    DeliveryId { event: event_id(payment, number), endpoint: id(endpoint) }
}

pub(super) fn delivery(payment: PaymentId, number: u16, endpoint: &str) -> Delivery {
    Delivery::new(delivery_id(payment, number, endpoint), id(MERCHANT))
}

pub(super) fn endpoint(merchant: &str, endpoint: &str) -> EndpointState {
    EndpointState::new(id(merchant), id(endpoint))
}

/// Failing since some moment, as its first version.
pub(super) fn failing(merchant: &str, name: &str) -> EndpointWrite {
    let failing_since = Some(Timestamp(6_000));
    let next = EndpointState { failing_since, version: 1, ..endpoint(merchant, name) };
    EndpointWrite { expected: 0, next }
}

/// With bytes that are no text.
pub(super) fn managed(kind: ManagedKind, id: &str, version: u64) -> Managed {
    let (changed_at, changed_by) = (Timestamp(8_000), "admin".to_owned());
    Managed { kind, id: id.into(), version, sealed: Some(vec![0, 255, 7]), changed_at, changed_by }
}

pub(super) fn resolve(payment: PaymentId, number: u16) -> TaskKind {
    TaskKind::Resolve(AttemptId { payment, number })
}

pub(super) fn refund(payment: PaymentId, number: u16) -> TaskKind {
    TaskKind::Refund(RefundId { payment, number })
}

pub(super) fn deliver(payment: PaymentId, number: u16) -> TaskKind {
    TaskKind::Deliver(delivery_id(payment, number, "shop"))
}

pub(super) fn task(kind: TaskKind, due: i64) -> Task {
    Task { kind, due: Timestamp(due) }
}

pub(super) fn tasks(list: impl IntoIterator<Item = Task>) -> Change {
    Change { tasks: list.into_iter().collect(), ..Change::default() }
}

pub(super) fn entry(payment: PaymentId, kind: &str) -> Entry {
    Entry { payment, at: Timestamp(4_000), kind: kind.into(), detail: "{}".into() }
}

/// On the first day, in yuan.
pub(super) fn taking(account: &str, count: i64, amount: i64) -> Taking {
    let (day, currency) = (Day(1), Currency::Cny);
    Taking { account: id(account), day, currency, taken: Taken { count, amount } }
}

pub(super) fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("positive")
}

/// The payment of this number was paid at one account, at a moment of its number's.
pub(crate) fn paid(merchant: &str, number: u16, minor: i64) -> Posting {
    let attempt = AttemptId { payment: payment_id(merchant, number), number: 1 };
    let books = (Book::Channel(id("ali-1")), Book::Owed(id(merchant)));
    let at = Timestamp(i64::from(number) * 1_000);
    Posting::new(Cause::Payment(attempt, None), &id(merchant), books, fen(minor), at)
        .expect("money moves")
}

pub(super) fn payout(number: u16) -> Matter {
    Matter::Payout(id(&format!("payout-{number}")))
}

pub(super) fn reserve(merchant: &str, number: u16, minor: i64) -> Posting {
    let moved = Posting::reserve(&payout(number), &id(merchant), fen(minor), Timestamp(9_000));
    moved.expect("money moves")
}

pub(crate) fn journal(list: impl IntoIterator<Item = Posting>) -> Change {
    Change { journal: list.into_iter().collect(), ..Change::default() }
}

/// A new payment with a row in every table, none of them shared with another number's.
pub(super) fn everything(number: u16) -> Change {
    let payment = payment_id(MERCHANT, number);
    let key = idempotency_key(MERCHANT, &format!("key-{number}"));
    Change {
        transfer: None,
        // See `settlements`, which has cases of its own.
        settlement: None,
        receiver: None,
        payment: Some(write(payments::plain(payment, MERCHANT))),
        once: vec![
            once(order_key(MERCHANT, &format!("order-{number}")), &payment.to_string()),
            once(Key::Refund(id(MERCHANT), id(&format!("order-{number}"))), "ref"),
        ],
        begin: Some(begin(key.clone())),
        answer: Some(answer(key, b"created")),
        release: None,
        notification: Some(evidence(&format!("note-{number}"), Disposition::Applied)),
        events: vec![event(MERCHANT, payment, 1), event(MERCHANT, payment, 2)],
        deliveries: vec![delivery(payment, 1, "shop"), delivery(payment, 2, "shop")],
        endpoint: Some(failing(MERCHANT, &format!("shop-{number}"))),
        // See `bills`, which has cases of its own.
        bill: None,
        differences: vec![],
        managed: None,
        tasks: vec![task(resolve(payment, 1), 5_000), task(deliver(payment, 1), 4_000)],
        finish: None,
        entries: vec![entry(payment, "one"), entry(payment, "two")],
        act: Some(act("everything")),
        journal: vec![paid(MERCHANT, number, 8_888)],
        takings: vec![taking("ali-1", 1, 8_888)],
    }
}
