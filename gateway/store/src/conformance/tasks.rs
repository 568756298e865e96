//! The queue: leased in order, one holder at a time, finished by the holder alone.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::payment::{Payment, Standing};

use super::check;
use super::sample::{self, MERCHANT, OTHER, id, payments, task, tasks};
use crate::{
    Backlog, Change, Finish, Leased, Store, TaskKind, Then, Unfinished, Untold, Waiting, Write,
};

const LEASE: Duration = Duration::from_millis(100);

fn kinds() -> [TaskKind; 3] {
    let payment = sample::payment_id(MERCHANT, 1);
    [sample::resolve(payment, 1), sample::refund(payment, 1), sample::deliver(payment, 1)]
}

async fn lease(store: &impl Store, now: i64, limit: usize) -> Vec<Leased> {
    store.lease(Timestamp(now), LEASE, limit).await.expect("a lease")
}

async fn lease_one(store: &impl Store, now: i64) -> Leased {
    let leased = lease(store, now, 10).await;
    let [one] = &leased[..] else { panic!("one task is due: {leased:?}") };
    one.clone()
}

async fn next_due(store: &impl Store) -> Option<i64> {
    store.next_due().await.expect("a read").map(|it| it.0)
}

fn finish(leased: &Leased, then: Then) -> Change {
    let finish = Finish { kind: leased.kind.clone(), fence: leased.fence, then };
    Change { finish: Some(finish), ..Change::default() }
}

pub(super) async fn due_tasks_are_leased_the_longest_due_first<S: Store>(store: S) {
    let [resolve, refund, deliver] = kinds();
    let second = sample::resolve(sample::payment_id(MERCHANT, 1), 2);
    let list = [(&resolve, 20), (&refund, 20), (&deliver, 20), (&second, 10)];
    check(&store, tasks(list.map(|(kind, due)| task(kind.clone(), due))), "ok").await;
    assert_eq!(lease(&store, 9, 10).await, []);
    assert_eq!(lease(&store, 20, 0).await, []);
    let first: Vec<_> =
        lease(&store, 20, 2).await.into_iter().map(|it| (it.kind, it.due.0)).collect();
    // Equally due, they come by their text: deliver, refund, resolve.
    assert_eq!(first, [(second, 10), (deliver, 20)]);
    let rest: Vec<_> = lease(&store, 20, 10).await.into_iter().map(|it| it.kind).collect();
    assert_eq!(rest, [refund, resolve]);
}

pub(super) async fn a_lease_keeps_others_away_until_it_ends<S: Store>(store: S) {
    let [kind, ..] = kinds();
    check(&store, tasks([task(kind.clone(), 10)]), "ok").await;
    assert_eq!(next_due(&store).await, Some(10));
    let first = lease_one(&store, 15).await;
    assert_eq!((&first.kind, first.due), (&kind, Timestamp(10)));
    assert_eq!(next_due(&store).await, Some(115));
    assert_eq!(lease(&store, 114, 10).await, []);
    let second = lease_one(&store, 115).await;
    assert_eq!(second.due, first.due, "the lag grows while nobody finishes");
    assert!(second.fence > first.fence, "{first:?} {second:?}");
    // A lease of no time keeps nobody away.
    let brief = store.lease(Timestamp(300), Duration::ZERO, 1).await.expect("a lease");
    let next = store.lease(Timestamp(300), Duration::ZERO, 1).await.expect("a lease");
    assert!(next[0].fence > brief[0].fence);
}

pub(super) async fn a_lost_lease_cannot_finish<S: Store>(store: S) {
    let [kind, ..] = kinds();
    check(&store, tasks([task(kind, 10)]), "ok").await;
    let lost = lease_one(&store, 10).await;
    let held = lease_one(&store, 110).await;
    for then in [Then::Done, Then::Again(Timestamp(500))] {
        check(&store, finish(&lost, then), "fenced").await;
    }
    assert_eq!(next_due(&store).await, Some(210));
    // A lease that ran out is still the holder's while nobody else leased the task.
    check(&store, finish(&held, Then::Done), "ok").await;
    assert_eq!(next_due(&store).await, None);
    check(&store, finish(&held, Then::Done), "fenced").await;
}

pub(super) async fn a_task_put_again_is_woken<S: Store>(store: S) {
    let [kind, ..] = kinds();
    check(&store, tasks([task(kind.clone(), 900)]), "ok").await;
    check(&store, tasks([task(kind.clone(), 10)]), "ok").await;
    let asleep = lease_one(&store, 10).await;
    assert_eq!(lease(&store, 11, 10).await, []);
    check(&store, tasks([task(kind.clone(), 11)]), "ok").await;
    assert_eq!(next_due(&store).await, Some(11));
    // Its holder does not know why it was woken, so it must not end it.
    check(&store, finish(&asleep, Then::Done), "fenced").await;
    let awake = lease_one(&store, 11).await;
    assert_eq!(awake.due, Timestamp(11));
    assert!(awake.fence > asleep.fence);
    // Waking can also put off.
    check(&store, tasks([task(kind, 700)]), "ok").await;
    assert_eq!(next_due(&store).await, Some(700));
    assert_eq!(lease(&store, 699, 10).await, []);
}

pub(super) async fn finishing_removes_or_reschedules<S: Store>(store: S) {
    let [kind, ..] = kinds();
    check(&store, tasks([task(kind, 10)]), "ok").await;
    let first = lease_one(&store, 10).await;
    check(&store, finish(&first, Then::Again(Timestamp(50))), "ok").await;
    assert_eq!(next_due(&store).await, Some(50), "free at once, though the lease lasts till 110");
    assert_eq!(lease(&store, 49, 10).await, []);
    let second = lease_one(&store, 50).await;
    assert!(second.fence > first.fence);
    check(&store, finish(&first, Then::Done), "fenced").await;
    check(&store, finish(&second, Then::Done), "ok").await;
    assert_eq!(lease(&store, i64::MAX, 10).await, []);
}

pub(super) async fn one_change_finishes_first_and_puts_then<S: Store>(store: S) {
    let [kind, ..] = kinds();
    check(&store, tasks([task(kind.clone(), 10)]), "ok").await;
    for then in [Then::Done, Then::Again(Timestamp(5))] {
        let held = lease_one(&store, 10_000).await;
        let change = Change { tasks: vec![task(kind.clone(), 20)], ..finish(&held, then) };
        check(&store, change, "ok").await;
        assert_eq!(next_due(&store).await, Some(20), "{then:?}");
        check(&store, finish(&held, Then::Done), "fenced").await;
    }
}

/// A worker left behind in a task's first life must not finish its second.
pub(super) async fn a_fence_never_comes_back<S: Store>(store: S) {
    let [kind, other, ..] = kinds();
    let mut seen: Vec<Leased> = vec![];
    for life in 0..4 {
        check(&store, tasks([task(kind.clone(), 10)]), "ok").await;
        // Also before anybody has leased it in its new life.
        for earlier in &seen {
            check(&store, finish(earlier, Then::Done), "fenced").await;
        }
        // Some lives are longer than others.
        for _ in 0..=(life * 2) % 3 {
            seen.push(
                lease_one(&store, 10_000 + 100 * i64::try_from(seen.len()).unwrap_or(0)).await,
            );
        }
        let (held, lost) = seen.split_last().expect("leased just now");
        for lost in lost {
            assert!(held.fence > lost.fence, "{held:?} after {lost:?}");
            check(&store, finish(lost, Then::Done), "fenced").await;
        }
        check(&store, finish(held, Then::Done), "ok").await;
        check(&store, finish(held, Then::Done), "fenced").await;
        check(
            &store,
            finish(&Leased { kind: other.clone(), ..held.clone() }, Then::Done),
            "fenced",
        )
        .await;
    }
}

pub(super) async fn the_queue_in_numbers<S: Store>(store: S) {
    let [resolve, refund, deliver] = kinds();
    let list = [task(resolve, 10), task(refund, 20), task(deliver, 30)];
    check(&store, tasks(list), "ok").await;
    let backlog = async |now| store.backlog(Timestamp(now)).await.expect("a read");
    let expect = |due, oldest: Option<i64>| {
        let oldest_due = oldest.map(Timestamp);
        Backlog { tasks: 3, due, oldest_due, ..Backlog::default() }
    };
    assert_eq!(backlog(9).await, expect(0, None));
    assert_eq!(backlog(20).await, expect(2, Some(10)));
    assert_eq!(lease(&store, 20, 1).await.len(), 1);
    // What somebody works on does not wait, until the lease is over.
    assert_eq!(backlog(30).await, expect(2, Some(20)));
    assert_eq!(backlog(120).await, expect(3, Some(10)));
    assert_eq!(next_due(&store).await, Some(20));
}

/// What was told, or is not about money, is not counted; nor is an attempt whose end is known.
pub(super) async fn money_untold_and_attempts_in_doubt_are_counted<S: Store>(store: S) {
    let number = |it| sample::payment_id(MERCHANT, it);
    let at = Timestamp(9_000);
    let row = |number_of: u16, state, paid: Option<i64>| {
        let paid_at = paid.map(Timestamp);
        Delivery { state, paid_at, ..sample::delivery(number(1), number_of, "shop") }
    };
    let deliveries = vec![
        row(1, DeliveryState::Due, Some(500)),
        row(2, DeliveryState::Due, Some(300)),
        row(3, DeliveryState::Due, None),
        row(4, DeliveryState::Held { at }, Some(200)),
        row(5, DeliveryState::Exhausted { at }, Some(100)),
        row(6, DeliveryState::Delivered { at }, Some(50)),
    ];
    check(&store, Change { deliveries, ..Change::default() }, "ok").await;
    let standings = [Standing::InDoubt, Standing::Pending, Standing::Reversing, Standing::Paid];
    for (it, standing) in (1..).zip(standings) {
        let mut next = payments::plain(number(it), MERCHANT);
        let mut attempt = payments::attempt(number(it), 1, standing, None);
        attempt.dispatched_at = Timestamp(1_000 - i64::from(it));
        next.attempts.push(attempt);
        let change = Change { payment: Some(sample::write(next)), ..Change::default() };
        check(&store, change, "ok").await;
    }
    let waiting = |count, since| Waiting { count, since: Some(Timestamp(since)) };
    let backlog = store.backlog(at).await.expect("a read");
    let untold = Untold { due: waiting(2, 300), held: waiting(1, 200), exhausted: waiting(1, 100) };
    let doubts = waiting(2, 997);
    assert_eq!(backlog, Backlog { untold, doubts, ..Backlog::default() });
    // What becomes known, or is heard of, is counted no more.
    let known = Payment { version: 2, ..payments::plain(number(3), MERCHANT) };
    let heard = row(2, DeliveryState::Delivered { at }, Some(300));
    let payment = Some(Write { expected: 1, next: known });
    check(&store, Change { payment, deliveries: vec![heard], ..Change::default() }, "ok").await;
    let backlog = store.backlog(at).await.expect("a read");
    assert_eq!((backlog.untold.due, backlog.doubts), (waiting(1, 500), waiting(1, 999)));
}

pub(super) async fn what_is_not_over_is_counted_by_merchant<S: Store>(store: S) {
    let counted = async |merchant: &str| {
        let Unfinished { payments, deliveries, transfers: _ } =
            store.unfinished(&id(merchant)).await.expect("a read");
        (payments, deliveries)
    };
    let payment = |merchant, number| sample::payment_id(merchant, number);
    for (merchant, number) in [(MERCHANT, 1), (MERCHANT, 2), (MERCHANT, 3), (OTHER, 1)] {
        let row = payments::plain(payment(merchant, number), merchant);
        let change = Change { payment: Some(sample::write(row)), ..Change::default() };
        check(&store, change, "ok").await;
    }
    assert_eq!(counted(MERCHANT).await, (0, 0));
    // Two tasks of one payment, one of another, and a payment that nobody asks about.
    let (one, two) = (payment(MERCHANT, 1), payment(MERCHANT, 2));
    let foreign = sample::resolve(payment(OTHER, 1), 1);
    let asked = [sample::resolve(one, 1), sample::refund(one, 1), sample::refund(two, 1), foreign];
    check(&store, tasks(asked.map(|kind| task(kind, 10))), "ok").await;
    assert_eq!((counted(MERCHANT).await, counted(OTHER).await), ((2, 0), (1, 0)));
    let at = Timestamp(7_000);
    let states = [DeliveryState::Due, DeliveryState::Held { at }, DeliveryState::Delivered { at }];
    let row = |(number, state)| Delivery { state, ..sample::delivery(two, number, "shop") };
    let deliveries = (1..).zip(states).map(row).collect();
    let told = tasks([1, 3].map(|number| task(sample::deliver(two, number), 10)));
    check(&store, Change { deliveries, ..told }, "ok").await;
    assert_eq!((counted(MERCHANT).await, counted(OTHER).await), ((2, 2), (1, 0)));
    assert_eq!(counted("nobody").await, (0, 0));
}
