//! Bills: written over the version that was read, and listed newest first.

use paymux_core::bill::{Bill, BillKind, BillRecord, BillState};
use paymux_core::route::Day;
use paymux_core::{AccountId, Timestamp};

use super::check;
use crate::{BillWrite, Change, Store, Task, TaskKind};

fn record(account: &str, day: i32, state: BillState, version: u64) -> BillRecord {
    let bill = Bill { kind: BillKind::Trade, day: Day(day) };
    let account = account.parse().expect("an account's id");
    BillRecord { account, bill, state, lines: 3, changed_at: Timestamp(5), version }
}

fn writes(expected: u64, next: BillRecord) -> Change {
    Change { bill: Some(BillWrite { expected, next }), ..Change::default() }
}

async fn read(store: &impl Store, it: &BillRecord) -> Option<BillRecord> {
    store.bill(&it.account, it.bill).await.expect("a read")
}

pub(super) async fn a_bill_is_written_over_the_version_that_was_read<S: Store>(store: S) {
    let first = record("wx", 7, BillState::Wanted, 1);
    assert_eq!(read(&store, &first).await, None);
    check(&store, writes(1, record("wx", 7, BillState::Wanted, 2)), "stale").await;
    check(&store, writes(0, first.clone()), "ok").await;
    check(&store, writes(0, first.clone()), "stale").await;
    assert_eq!(read(&store, &first).await, Some(first.clone()));
    let refused = BillState::Refused { line: 9, what: "the totals do not add up".into() };
    let second = record("wx", 7, refused, 2);
    check(&store, writes(1, second.clone()), "ok").await;
    check(&store, writes(1, second.clone()), "stale").await;
    assert_eq!(read(&store, &second).await, Some(second));
    let funds = Bill { kind: BillKind::Funds, day: Day(7) };
    assert_eq!(store.bill(&first.account, funds).await.expect("a read"), None);
}

pub(super) async fn a_refused_change_writes_no_bill<S: Store>(store: S) {
    let first = record("wx", 7, BillState::Wanted, 1);
    let task = TaskKind::Bill(first.account.clone(), first.bill);
    let put = |due| vec![Task { kind: task.clone(), due: Timestamp(due) }];
    check(&store, Change { tasks: put(3), ..writes(0, first.clone()) }, "ok").await;
    check(&store, Change { tasks: put(9), ..writes(0, first.clone()) }, "stale").await;
    assert_eq!(store.next_due().await.expect("a read"), Some(Timestamp(3)));
    let leased = store.lease(Timestamp(4), std::time::Duration::from_secs(1), 9).await;
    let kinds: Vec<_> = leased.expect("a lease").into_iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [task]);
}

pub(super) async fn bills_are_listed_newest_first<S: Store>(store: S) {
    for (account, day) in [("wx", 7), ("ali", 8), ("wx", 9), ("wx", -3)] {
        check(&store, writes(0, record(account, day, BillState::None, 1)), "ok").await;
    }
    let listed = async |account: Option<&str>, before: Option<i32>, limit| {
        let account: Option<AccountId> = account.map(|it| it.parse().expect("an account's id"));
        let listed = store.bills(account.as_ref(), before.map(Day), limit).await;
        let listed = listed.expect("a read").into_iter();
        listed.map(|it| format!("{}{}", it.account, it.bill.day.0)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed(None, None, 9).await, "wx9 ali8 wx7 wx-3");
    assert_eq!(listed(Some("wx"), None, 2).await, "wx9 wx7");
    assert_eq!(listed(Some("wx"), Some(9), 9).await, "wx7 wx-3");
    assert_eq!(listed(Some("nobody"), None, 9).await, "");
}
