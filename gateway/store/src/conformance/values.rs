//! Values at their limits come back as they were.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::{Money, Timestamp};

use super::check;
use super::sample::{self, MERCHANT, id, payments, task, tasks};
use crate::{Change, Disposition, Entry, Finish, Key, MerchantEvent, Store, Then};

/// Four-byte characters, quotes, wildcards, a right-to-left mark, line ends, and a long tail.
fn nasty() -> String {
    format!("茶🍵 '\"`; DROP TABLE payment; -- %_\\ \u{202e}\r\n\t{}", "长".repeat(2_000))
}

async fn written(store: &impl Store, payment: paymux_core::payment::Payment) {
    let change = Change { payment: Some(sample::write(payment.clone())), ..Change::default() };
    check(store, change, "ok").await;
    assert_eq!(store.payment(payment.id).await.expect("a read"), Some(payment));
}

pub(super) async fn extreme_numbers<S: Store>(store: S) {
    let one = sample::payment_id(MERCHANT, 1);
    let mut payment = payments::refunded(one, MERCHANT, i64::MAX, &[1, i64::MAX - 1]);
    payment.order.amount = Money::new(i64::MAX, payment.order.amount.currency()).expect("positive");
    payment.order.created_at = Timestamp(i64::MIN);
    payment.order.expires_at = Timestamp(i64::MAX);
    payment.events = u16::MAX;
    payment.attempts[0].sends = u16::MAX;
    payment.version = i64::MAX.unsigned_abs();
    written_over(&store, payment).await;
    let absent = Finish { kind: sample::resolve(one, 1), fence: u64::MAX, then: Then::Done };
    check(&store, Change { finish: Some(absent), ..Change::default() }, "fenced").await;
    let ends = [task(sample::resolve(one, 1), i64::MIN), task(sample::refund(one, 1), i64::MAX)];
    check(&store, tasks(ends), "ok").await;
    assert_eq!(store.next_due().await.expect("a read"), Some(Timestamp(i64::MIN)));
    let leased = store.lease(Timestamp(i64::MIN), Duration::MAX, 9).await.expect("a lease");
    assert_eq!(leased.len(), 1);
    let leased = store.lease(Timestamp(i64::MAX), Duration::MAX, usize::MAX).await;
    assert_eq!(leased.expect("a lease").len(), 2);
}

/// Over the version before it, as no payment begins with a high one.
async fn written_over(store: &impl Store, payment: paymux_core::payment::Payment) {
    let before = payments::plain(payment.id, MERCHANT);
    written(store, before.clone()).await;
    let write = crate::Write { expected: before.version, next: payment.clone() };
    check(store, Change { payment: Some(write), ..Change::default() }, "ok").await;
    assert_eq!(store.payment(payment.id).await.expect("a read"), Some(payment.clone()));
    let stale = crate::Write { expected: u64::MAX, next: payment };
    check(store, Change { payment: Some(stale), ..Change::default() }, "stale").await;
}

pub(super) async fn extreme_texts<S: Store>(store: S) {
    let merchant = "m".repeat(40);
    let payment_id = sample::payment_id(&merchant, 1);
    let mut payment = payments::plain(payment_id, &merchant);
    payment.order.order_no = id(&"Z".repeat(64));
    payment.order.subject = nasty();
    payment.order.metadata = BTreeMap::from([(String::new(), String::new()), (nasty(), nasty())]);
    payment.order.return_url = Some(String::new());
    written(&store, payment).await;
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let key = sample::idempotency_key(&merchant, &nasty());
    let event = MerchantEvent {
        kind: String::new(),
        payload: all_bytes.clone(),
        ..sample::event(&merchant, payment_id, u16::MAX)
    };
    let mut note = sample::evidence(&nasty(), Disposition::Applied);
    (note.headers, note.body) = (nasty(), vec![]);
    let entry = Entry { kind: nasty(), detail: nasty(), ..sample::entry(payment_id, "") };
    let once = sample::once(Key::Order(id(&merchant), id(&"-".repeat(64))), &nasty());
    let change = Change {
        once: vec![once.clone()],
        begin: Some(sample::begin(key.clone())),
        answer: Some(sample::answer(key.clone(), &all_bytes)),
        notification: Some(note),
        events: vec![event.clone()],
        entries: vec![entry.clone()],
        ..Change::default()
    };
    check(&store, change, "ok").await;
    assert_eq!(store.holder(&once.key).await.expect("a read"), Some(once.holder));
    let answer = store.idempotent(&key).await.expect("a read").and_then(|it| it.answer);
    assert_eq!(answer.map(|it| it.body), Some(all_bytes));
    assert_eq!(store.event(event.id).await.expect("a read"), Some(event));
    assert_eq!(store.timeline(payment_id).await.expect("a read"), [entry]);
    let disposition = store.disposition(&id("ali-1"), &nasty()).await.expect("a read");
    assert_eq!(disposition, Some(Disposition::Applied));
}

/// No folding of case, no trimming, no wildcard, no joining of parts.
pub(super) async fn keys_are_exact<S: Store>(store: S) {
    let notes = ["n", "N", "n ", " n", "%", "_", "é", "e\u{301}", ""];
    for note in notes {
        let notification = Some(sample::evidence(note, Disposition::Applied));
        let begin = Some(sample::begin(sample::idempotency_key(MERCHANT, note)));
        check(&store, Change { notification, begin, ..Change::default() }, "ok").await;
    }
    let numbers = ["a", "A", "a-", "_a"];
    for (number, merchant) in numbers.iter().flat_map(|it| [(it, "x"), (it, "x-")]) {
        once(&store, Key::Order(id(merchant), id(number)), merchant).await;
        once(&store, Key::Refund(id(merchant), id(number)), merchant).await;
    }
    for account in ["x", "x-", "order"] {
        once(&store, Key::Account(id(account)), account).await;
    }
}

async fn once<S: Store>(store: &S, key: Key, holder: &str) {
    assert_eq!(store.holder(&key).await.expect("a read"), None, "{key}");
    let once = vec![sample::once(key.clone(), holder)];
    check(store, Change { once, ..Change::default() }, "ok").await;
    assert_eq!(store.holder(&key).await.expect("a read").as_deref(), Some(holder));
}

pub(super) async fn limits_are_exact<S: Store>(store: S) {
    check(&store, sample::everything(1), "ok").await;
    check(&store, sample::everything(2), "ok").await;
    let merchant = id(MERCHANT);
    for (limit, payments, events) in [(0, 0, 0), (1, 1, 1), (3, 2, 3), (usize::MAX, 2, 4)] {
        let listed = store.payments(&merchant, None, limit).await.expect("a read");
        let streamed = store.events(&merchant, 0, limit).await.expect("a read");
        assert_eq!((listed.len(), streamed.len()), (payments, events), "{limit}");
    }
    assert_eq!(store.events(&merchant, u64::MAX, 10).await.expect("a read"), []);
}
