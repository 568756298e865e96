//! Comparisons of a bill with our books over the real engine: under a clock that goes on whenever
//! anybody looks at it, with files and payments that are damaged.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test trusts its own names, and has a channel for nothing else"
)]

#[expect(dead_code, reason = "histories of transfers need more of it")]
#[path = "transfers/bank.rs"]
mod bank;
#[path = "reconcile/desk.rs"]
mod desk;
#[expect(dead_code, reason = "histories of transfers need more of it")]
#[path = "transfers/ground.rs"]
mod ground;

use paymux_core::bill::BillState;
use paymux_core::payment::{Payment, Verdict};
use paymux_core::reconcile::{DifferenceKind, DifferenceState};
use paymux_core::route::Day;
use paymux_store::{Change, Store as _, Write};

use desk::{DAY, Desk};

/// A turn ends well before its lease, whatever is left; the next goes on behind it.
#[tokio::test]
async fn a_long_comparison_takes_turns() {
    let desk = Desk::new(100);
    for number in 0..200 {
        desk.commit(desk.paid(number, 100));
    }
    desk.bill(DAY, "");
    let begun = desk.gateway.now();
    desk.work_once().await;
    assert!(desk.gateway.now().since(begun).as_secs() < 20);
    assert!(matches!(desk.state(DAY), BillState::Comparing { after: Some(_), .. }));
    desk.work().await;
    assert_eq!(desk.state(DAY), BillState::Reconciled);
    let rows = desk.rows();
    let sound = rows.iter().all(|it| it.version == 1 && it.state == DifferenceState::Waiting);
    assert_eq!((rows.len(), sound), (200, true));
}

#[tokio::test]
async fn a_spoilt_file_is_fetched_anew() {
    let desk = Desk::new(0);
    desk.bill(DAY, "x");
    desk.work_once().await;
    assert_eq!(desk.state(DAY), BillState::Wanted);
}

#[tokio::test]
async fn a_damaged_payment_keeps_nothing_behind_it_from_being_compared() {
    let desk = Desk::new(0);
    let mut payment = desk.payment(1);
    let change = desk.refunded(&payment, DAY);
    payment.version = 1;
    payment.verdict = Verdict::Succeeded { attempt: payment.next_attempt_id() };
    let write = Write { expected: 0, next: payment };
    desk.commit(Change { payment: Some(write), ..Change::default() });
    desk.commit(change);
    desk.bill(DAY, "");
    desk.work_once().await;
    assert_eq!(desk.state(DAY), BillState::Reconciled);
    let kinds: Vec<_> = desk.rows().into_iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [DifferenceKind::Refund]);
    assert!(desk.gateway.metrics.attention.with_label_values(&["bill_line"]).get() > 0);
}

/// Whenever it is booked while the day is compared, another amount is no agreement.
#[tokio::test]
async fn what_is_booked_meanwhile_is_compared_too() {
    let mut found = 0;
    for looks in 0..12 {
        let desk = Desk::new(0);
        let (number, change) = (desk.number(1), desk.paid(1, 90));
        desk.bill(DAY, &format!("{number} 100\n"));
        let store = desk.store.clone();
        desk.clock.then(looks, move || desk::ready(store.commit(change)).unwrap());
        desk.work_once().await;
        let rows = desk.rows();
        let [row] = &rows[..] else { panic!("{looks}: {rows:?}") };
        found += usize::from(row.kind == DifferenceKind::Amount);
    }
    assert!(found > 0);
}

/// Its line is in the bill of the day it was asked for, and nowhere on the day it succeeded.
#[tokio::test]
async fn a_refund_that_was_under_way_is_no_difference_when_it_succeeds() {
    let desk = Desk::new(0);
    let payment = desk.refunding(1);
    let refund = payment.refunds[0].number().out_refund_no();
    let success = desk.refunded(&payment, later(2));
    let write = Write { expected: 0, next: payment };
    desk.commit(Change { payment: Some(write), ..desk.paid(1, 100) });
    let told = format!("{0} 100\n{0} 40 {refund}\n", desk.number(1));
    for _ in 0..2 {
        desk.bill(DAY, &told);
        desk.work().await;
        let rows = desk.rows();
        let states: Vec<_> = rows.iter().map(|it| (it.version, &it.state)).collect();
        assert_eq!(states, [(1, &DifferenceState::Resolved)]);
    }
    desk.commit(success);
    for day in [later(1), later(2), later(3), DAY] {
        desk.bill(day, if day == DAY { &told } else { "" });
        desk.work().await;
    }
    let rows = desk.rows();
    let told: Vec<_> = rows.iter().map(|it| (it.version, it.kind, &it.state)).collect();
    assert_eq!(told, [(2, DifferenceKind::CrossDay, &DifferenceState::Resolved)]);
}

/// The bill of a later day says nothing of what the next day's may still bring; once that came, the
/// earlier day is told again, as what it has come to.
#[tokio::test]
async fn what_waits_is_open_when_the_bill_of_the_next_day_came() {
    let desk = Desk::new(0);
    let next = Payment { version: 1, ..desk.payment(1) };
    let payment = Some(Write { expected: 0, next });
    desk.commit(Change { payment, ..desk.paid(1, 100) });
    let states = || desk.rows().into_iter().map(|it| it.state).collect::<Vec<_>>();
    for day in [DAY, later(2), later(3)] {
        desk.bill(day, "");
        desk.work().await;
        assert_eq!(states(), [DifferenceState::Waiting], "{day:?}");
    }
    assert_eq!(desk.told(DAY), [(0, 1)]);
    for _ in 0..2 {
        desk.bill(later(1), "");
        desk.work().await;
        assert_eq!(states(), [DifferenceState::Open]);
        assert_eq!(desk.told(DAY), [(0, 1), (1, 0)]);
    }
    // The day after has it all the same.
    for _ in 0..2 {
        desk.bill(later(2), &format!("{} 100\n", desk.number(1)));
        desk.work().await;
        assert_eq!(states(), [DifferenceState::Resolved]);
        assert_eq!(desk.told(DAY), [(0, 1), (1, 0), (0, 0)]);
    }
}

const fn later(days: i32) -> Day {
    Day(DAY.0 + days)
}
