//! Differences: written over the version that was read, found by day, by number and by who waits.

use paymux_core::bill::{Bill, BillKind, BillRecord, BillState};
use paymux_core::payment::PartNo;
use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, DifferenceState, Key, Line, Seen};
use paymux_core::route::Day;
use paymux_core::{AccountId, AttemptId, Currency, PaymentId, RefundId, RefundNo, Timestamp};

use super::check;
use crate::{BillWrite, Change, DifferenceWrite, Outstanding, Place, Store, Which};

fn payment(number: u8) -> PaymentId {
    PaymentId::new(Timestamp(1_768_451_696_000), &"shop".parse().expect("an id"), number.into())
}

fn order(number: u8) -> Key {
    Key::order(AttemptId { payment: payment(number), number: 1 }, None)
}

fn account(id: &str) -> AccountId {
    id.parse().expect("an account's id")
}

fn seen(key: Key, day: i32) -> Seen {
    let (amount, currency) = (i64::MAX, Currency::Cny);
    let line = Line { key, amount, currency, fee: Some(-7), settled: true, at: 9 };
    Seen { day: Day(day), line }
}

/// One that our books alone have.
fn row(id: &str, key: Key, day: i32) -> DifferenceRecord {
    DifferenceRecord {
        account: account(id),
        key,
        merchant: Some("shop".parse().expect("an id")),
        kind: DifferenceKind::MissingAtChannel,
        bill: None,
        books: Some(seen(key, day)),
        state: DifferenceState::Waiting,
        found_at: Timestamp(5),
        changed_at: Timestamp(6),
        version: 1,
    }
}

fn writes(rows: impl IntoIterator<Item = DifferenceRecord>) -> Change {
    let write = |next: DifferenceRecord| DifferenceWrite { expected: next.version - 1, next };
    Change { differences: rows.into_iter().map(write).collect(), ..Change::default() }
}

pub(super) async fn a_difference_is_written_over_its_version<S: Store>(store: S) {
    let first = row("wx", order(1), 7);
    let read = async |it: &DifferenceRecord| store.difference(&it.account, it.key).await;
    assert_eq!(read(&first).await.expect("a read"), None);
    let (by, reason) = ("ann".to_owned(), "a \"test\"".to_owned());
    let confirmed_by = "bob".to_owned();
    let states = [
        DifferenceState::Open,
        DifferenceState::Proposed { by: by.clone(), reason: reason.clone() },
        DifferenceState::Accepted { by: by.clone(), reason: reason.clone() },
        DifferenceState::WrittenOff { by, reason, confirmed_by },
        DifferenceState::Resolved,
    ];
    check(&store, writes([DifferenceRecord { version: 2, ..first.clone() }]), "stale").await;
    check(&store, writes([first.clone()]), "ok").await;
    check(&store, writes([first.clone()]), "stale").await;
    for (version, state) in (2..).zip(states) {
        let (bill, merchant) = (Some(seen(first.key, 8)), None);
        let kind = DifferenceKind::Amount;
        let next = DifferenceRecord { version, state, bill, merchant, kind, ..first.clone() };
        check(&store, writes([next.clone()]), "ok").await;
        assert_eq!(read(&next).await.expect("a read"), Some(next));
    }
    // All of a change or none of it.
    let other = row("wx", order(2), 7);
    check(&store, writes([other.clone(), first.clone()]), "stale").await;
    assert_eq!(read(&other).await.expect("a read"), None);
    check(&store, writes([other.clone(), other.clone()]), "stale").await;
}

pub(super) async fn differences_of_a_day_are_in_order<S: Store>(store: S) {
    let attempt = AttemptId { payment: payment(1), number: 1 };
    let refund = |number, round| {
        let refund = RefundId { payment: payment(1), number };
        Key::refund(RefundNo { refund, round })
    };
    let parts = [None, PartNo::new(1), PartNo::new(10), PartNo::new(2)];
    let orders = parts.map(|it| Key::order(attempt, it));
    let refunds = [refund(1, 0), refund(1, 1), refund(2, 0)];
    let keys: Vec<_> = orders.into_iter().chain([order(2)]).chain(refunds).collect();
    for key in keys.iter().rev() {
        // Both sides are of the day, and it is there once.
        let both = DifferenceRecord { bill: Some(seen(*key, 7)), ..row("wx", *key, 7) };
        check(&store, writes([both]), "ok").await;
    }
    let late = DifferenceRecord { bill: Some(seen(order(3), 7)), ..row("wx", order(3), 6) };
    check(&store, writes([late, row("wx", order(4), 6), row("ali", order(5), 7)]), "ok").await;
    let listed = async |day, after, limit| {
        let rows = store.differences_of(&account("wx"), Day(day), after, limit).await;
        rows.expect("a read").into_iter().map(|it| it.key).collect::<Vec<_>>()
    };
    let expected = [&keys[..5], &[order(3)], &keys[5..]].concat();
    assert_eq!(listed(7, None, 99).await, expected);
    assert_eq!(listed(7, Some(keys[1]), 2).await, expected[2..4]);
    assert_eq!(listed(6, None, 99).await, [order(3), order(4)]);
    assert_eq!(listed(5, None, 99).await, []);
}

pub(super) async fn whoever_waits_is_found<S: Store>(store: S) {
    let open = DifferenceRecord { state: DifferenceState::Open, ..row("wx", order(3), 5) };
    let others = [row("ali", order(4), 5), row("wx", order(2), 8)];
    check(&store, writes([row("wx", order(1), 7), open]), "ok").await;
    check(&store, writes(others), "ok").await;
    let waiting = async |until| {
        let rows = store.waiting_differences(&account("wx"), Day(until), 9).await;
        rows.expect("a read").into_iter().map(|it| it.key).collect::<Vec<_>>()
    };
    assert_eq!(waiting(6).await, []);
    assert_eq!(waiting(7).await, [order(1)]);
    assert_eq!(waiting(8).await, [order(1), order(2)]);
}

pub(super) async fn differences_are_listed_newest_first_and_counted<S: Store>(store: S) {
    let over = DifferenceRecord { state: DifferenceState::Resolved, ..row("wx", order(3), 8) };
    let open = DifferenceRecord { state: DifferenceState::Open, ..row("wx", order(2), 8) };
    check(&store, writes([row("wx", order(1), 7), open, over]), "ok").await;
    check(&store, writes([row("ali", order(9), 7), row("wx", order(4), 7)]), "ok").await;
    let listed = async |which: Which, limit| {
        let rows = store.differences(&which, limit).await.expect("a read");
        rows.iter().map(Place::of).collect::<Vec<_>>()
    };
    let place = |day, id, number| Place { day: Day(day), account: account(id), key: order(number) };
    let all = [
        place(8, "wx", 2),
        place(8, "wx", 3),
        place(7, "ali", 9),
        place(7, "wx", 1),
        place(7, "wx", 4),
    ];
    assert_eq!(listed(Which::default(), 99).await, all);
    for (index, after) in all.iter().enumerate() {
        let which = Which { after: Some(after.clone()), ..Which::default() };
        assert_eq!(
            listed(which, 2).await,
            all[index + 1..].iter().take(2).cloned().collect::<Vec<_>>()
        );
    }
    let of_wx = Which { account: Some(account("wx")), open: true, ..Which::default() };
    assert_eq!(listed(of_wx, 99).await, [all[0].clone(), all[3].clone(), all[4].clone()]);
    let of_day = Which { day: Some(Day(7)), ..Which::default() };
    assert_eq!(listed(of_day, 99).await, all[2..]);
    let count = |id, waiting, count| {
        let kind = DifferenceKind::MissingAtChannel;
        Outstanding { account: account(id), kind, waiting, count }
    };
    let counts = [count("ali", true, 1), count("wx", false, 1), count("wx", true, 2)];
    assert_eq!(store.outstanding().await.expect("a read"), counts);
    last_days(&store).await;
}

async fn last_days(store: &impl Store) {
    let (trade, funds) = (BillKind::Trade, BillKind::Funds);
    for (id, kind, day, state) in [
        ("wx", trade, 7, BillState::Reconciled),
        ("wx", trade, 9, BillState::None),
        ("wx", trade, 10, BillState::Comparing { after: Some(order(1)), made: true }),
        ("wx", funds, 11, BillState::Reconciled),
        ("ali", trade, 3, BillState::Reconciled),
        ("ali", trade, 8, BillState::Comparing { after: None, made: false }),
    ] {
        let bill = Bill { kind, day: Day(day) };
        let (account, changed_at, lines) = (account(id), Timestamp(5), 0);
        let next = BillRecord { account, bill, state, lines, changed_at, version: 1 };
        let write = BillWrite { expected: 0, next: next.clone() };
        check(store, Change { bill: Some(write), ..Change::default() }, "ok").await;
        assert_eq!(store.bill(&next.account, bill).await.expect("a read"), Some(next));
    }
    let days = store.reconciled_days().await.expect("a read");
    assert_eq!(days, [(account("ali"), Day(3)), (account("wx"), Day(9))]);
}
