//! What was written is found again, whole and in order.

use paymux_core::delivery::DeliveryState;
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{Currency, PaymentId, Timestamp};

use super::check;
use super::sample::{self, MERCHANT, OTHER, id, payments};
use super::view::{Names, view};
use crate::{Change, Disposition, Idempotent, Store, Taking};

pub(super) async fn nothing_is_found_in_an_empty_store<S: Store>(store: S) {
    let change = sample::everything(1);
    let names = Names::of(&change);
    let empty = view(&store, &names).await;
    check(&store, Change::default(), "ok").await;
    assert_eq!(view(&store, &names).await, empty);
    assert_eq!(store.next_due().await.expect("a read"), None);
    let leased = store.lease(Timestamp(i64::MAX), std::time::Duration::ZERO, 10).await;
    assert_eq!(leased.expect("a lease"), []);
    let [payment] = names.payments.iter().collect::<Vec<_>>()[..] else { panic!("{names:?}") };
    assert_eq!(store.payment(*payment).await.expect("a read"), None);
}

pub(super) async fn everything_written_is_read<S: Store>(store: S) {
    let change = sample::everything(1);
    check(&store, change.clone(), "ok").await;
    let write = change.payment.expect("everything has a payment");
    let payment = write.next.id;
    assert_eq!(store.payment(payment).await.expect("a read"), Some(write.next));
    for once in change.once {
        assert_eq!(store.holder(&once.key).await.expect("a read"), Some(once.holder));
    }
    let begin = change.begin.expect("everything begins");
    let answered = change.answer.expect("everything is answered");
    let expect = Idempotent {
        fingerprint: begin.fingerprint,
        holder: begin.holder,
        until: begin.until,
        answer: Some(answered.answer),
    };
    assert_eq!(store.idempotent(&begin.key).await.expect("a read"), Some(expect));
    let note = change.notification.expect("everything is notified");
    let disposition = store.disposition(&note.account, &note.id).await.expect("a read");
    assert_eq!(disposition, Some(Disposition::Applied));
    for event in change.events {
        assert_eq!(store.event(event.id).await.expect("a read"), Some(event));
    }
    for delivery in &change.deliveries {
        let found = store.delivery(&delivery.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(delivery));
    }
    assert_eq!(store.deliveries(payment).await.expect("a read"), change.deliveries);
    assert_eq!(store.timeline(payment).await.expect("a read"), change.entries);
    assert_eq!(store.next_due().await.expect("a read"), Some(Timestamp(4_000)));
}

pub(super) async fn payments_are_listed_newest_first<S: Store>(store: S) {
    // Written in no order of time, and another merchant's in between.
    for (merchant, number) in [(MERCHANT, 2), (OTHER, 3), (MERCHANT, 5), (MERCHANT, 1), (OTHER, 4)]
    {
        let payment = payments::plain(sample::payment_id(merchant, number), merchant);
        check(&store, Change { payment: Some(sample::write(payment)), ..Change::default() }, "ok")
            .await;
    }
    let at = |number| sample::payment_id(MERCHANT, number);
    let list = async |before: Option<PaymentId>, limit| {
        let list = store.payments(&id(MERCHANT), before, limit).await.expect("a read");
        list.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, [at(5), at(2), at(1)]);
    assert_eq!(list(None, 2).await, [at(5), at(2)]);
    assert_eq!(list(Some(at(5)), 10).await, [at(2), at(1)]);
    assert_eq!(list(Some(at(2)), 1).await, [at(1)]);
    // The cursor need not exist.
    assert_eq!(list(Some(at(3)), 10).await, [at(2), at(1)]);
    assert_eq!(list(Some(at(1)), 10).await, []);
}

pub(super) async fn events_are_listed_after_a_cursor<S: Store>(store: S) {
    let (one, two) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let foreign = sample::payment_id(OTHER, 1);
    let commits = [
        vec![sample::event(MERCHANT, two, 1)],
        vec![sample::event(OTHER, foreign, 1), sample::event(MERCHANT, one, 1)],
        vec![sample::event(MERCHANT, one, 2)],
    ];
    for events in commits {
        check(&store, Change { events, ..Change::default() }, "ok").await;
    }
    let mine = id(MERCHANT);
    let all = store.events(&mine, 0, 10).await.expect("a read");
    let ids: Vec<_> = all.iter().map(|it| it.row.id).collect();
    let order = [(two, 1), (one, 1), (one, 2)];
    assert_eq!(ids, order.map(|(payment, number)| sample::event_id(payment, number)));
    assert!(all[0].cursor > 0 && all.is_sorted_by(|a, b| a.cursor < b.cursor), "{all:?}");
    for skipped in 0..3 {
        let after = all[skipped].cursor;
        let rest = store.events(&mine, after, 10).await.expect("a read");
        assert_eq!(rest, all[skipped + 1..], "after {after}");
    }
    assert_eq!(store.events(&mine, 0, 2).await.expect("a read"), all[..2]);
    assert_eq!(store.events(&id("nobody"), 0, 10).await.expect("a read"), []);
}

pub(super) async fn deliveries_are_listed_by_payment<S: Store>(store: S) {
    let (one, two) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let deliveries = vec![
        sample::delivery(one, 2, "shop"),
        sample::delivery(two, 1, "shop"),
        sample::delivery(one, 1, "shop"),
        sample::delivery(one, 1, "books"),
    ];
    check(&store, Change { deliveries, ..Change::default() }, "ok").await;
    let found = store.deliveries(one).await.expect("a read");
    let ids: Vec<_> = found.into_iter().map(|it| it.id).collect();
    let order = [(1, "books"), (1, "shop"), (2, "shop")];
    assert_eq!(ids, order.map(|(number, endpoint)| sample::delivery_id(one, number, endpoint)));
}

pub(super) async fn timelines_keep_the_order_of_commits<S: Store>(store: S) {
    let (one, two) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let entry =
        |payment, kind, at| crate::Entry { at: Timestamp(at), ..sample::entry(payment, kind) };
    // Clocks of nodes differ: the order of commits counts, not the time that is told.
    let commits = [
        vec![entry(one, "a", 50), entry(two, "x", 1), entry(one, "b", 10)],
        vec![entry(one, "a", 20)],
    ];
    for entries in commits {
        check(&store, Change { entries, ..Change::default() }, "ok").await;
    }
    let timeline = store.timeline(one).await.expect("a read");
    assert_eq!(timeline, [entry(one, "a", 50), entry(one, "b", 10), entry(one, "a", 20)]);
}

pub(super) async fn a_delivery_is_written_over<S: Store>(store: S) {
    let payment = sample::payment_id(MERCHANT, 1);
    let mut delivery = sample::delivery(payment, 1, "shop");
    let at = Timestamp(7_000);
    let states = [
        (0, DeliveryState::Due),
        (7, DeliveryState::Due),
        (8, DeliveryState::Exhausted { at }),
        (8, DeliveryState::Held { at }),
        (u16::MAX, DeliveryState::Delivered { at }),
    ];
    for (attempts, state) in states {
        (delivery.attempts, delivery.state) = (attempts, state);
        delivery.paid_at = (attempts > 0).then_some(Timestamp(6_999));
        let change = Change { deliveries: vec![delivery.clone()], ..Change::default() };
        check(&store, change, "ok").await;
        let found = store.deliveries(payment).await.expect("a read");
        assert_eq!(found, [delivery.clone()]);
    }
}

pub(super) async fn takings_are_summed_by_account_day_and_currency<S: Store>(store: S) {
    let taken = async |account: &str, day, currency| {
        store.taken(&id(account), Day(day), currency).await.expect("a read")
    };
    let sum = |count, amount| Taken { count, amount };
    assert_eq!(taken("ali-1", 1, Currency::Cny).await, sum(0, 0));
    let other_day = Taking { day: Day(-2), ..sample::taking("ali-1", 5, 50) };
    let other_currency = Taking { currency: Currency::Hkd, ..sample::taking("ali-1", 7, 70) };
    let commits = [
        vec![sample::taking("ali-1", 1, 800), sample::taking("ali-1", 1, 88)],
        vec![sample::taking("wx-1", 1, 9), other_day, other_currency],
        vec![sample::taking("ali-1", -1, -800)],
        vec![sample::taking("wx-1", -1, -9), sample::taking("wx-1", -1, -1)],
    ];
    for takings in commits {
        check(&store, Change { takings, ..Change::default() }, "ok").await;
    }
    assert_eq!(taken("ali-1", 1, Currency::Cny).await, sum(1, 88));
    assert_eq!(taken("ali-1", -2, Currency::Cny).await, sum(5, 50));
    assert_eq!(taken("ali-1", 1, Currency::Hkd).await, sum(7, 70));
    assert_eq!(taken("ali-1", 2, Currency::Cny).await, sum(0, 0));
    // A share may be given back that was taken before anybody counted.
    assert_eq!(taken("wx-1", 1, Currency::Cny).await, sum(-1, -1));
    let refused = Change { takings: vec![sample::taking("ali-1", 1, 1)], ..sample::everything(1) };
    check(&store, sample::everything(1), "ok").await;
    check(&store, refused, "stale").await;
    assert_eq!(taken("ali-1", 1, Currency::Cny).await, sum(2, 8_976));
}

/// Whatever became of it since, and however many payments have it.
pub(super) async fn payments_are_found_by_the_channels_number<S: Store>(store: S) {
    let ids = [1, 2].map(|it| sample::payment_id(MERCHANT, it));
    let plain = payments::plain(sample::payment_id(MERCHANT, 3), MERCHANT);
    let mut rows = ids.map(|it| payments::refunded(it, MERCHANT, 8_888, &[])).to_vec();
    rows.push(plain);
    for version in 1..=2 {
        for row in &rows {
            let write = sample::write(Payment { version, ..row.clone() });
            check(&store, Change { payment: Some(write), ..Change::default() }, "ok").await;
        }
    }
    assert_eq!(store.by_trade_no("2026", 9).await.expect("a read"), ids);
    assert_eq!(store.by_trade_no("2026", 1).await.expect("a read"), ids[..1]);
    assert_eq!(store.by_trade_no("nobody", 9).await.expect("a read"), []);
}

/// Of any merchant, by its order's number or a refund's.
pub(super) async fn payments_are_found_by_their_merchants_number<S: Store>(store: S) {
    let (one, other) = (sample::payment_id(MERCHANT, 1), sample::payment_id(OTHER, 2));
    let mut refunded = payments::refunded(one, MERCHANT, 8_888, &[100]);
    let mut plain = payments::plain(other, OTHER);
    refunded.order.order_no = id("A-1");
    refunded.refunds[0].refund_no = id("A-2");
    plain.order.order_no = id("A-2");
    for version in 1..=2 {
        for row in [&refunded, &plain] {
            let write = sample::write(Payment { version, ..row.clone() });
            check(&store, Change { payment: Some(write), ..Change::default() }, "ok").await;
        }
    }
    let found = async |number: &str, limit| {
        store.by_merchants_no(&id(number), limit).await.expect("a read")
    };
    let newest = [one, other].into_iter().max().expect("two");
    assert_eq!(found("A-1", 9).await, [one]);
    assert_eq!(found("A-2", 1).await, [newest]);
    let mut both = found("A-2", 9).await;
    assert_eq!((both.len(), both[0]), (2, newest));
    both.sort();
    assert!(both.contains(&one) && both.contains(&other));
    assert_eq!(found("A-3", 9).await, []);
}
