//! Many at once: exactly one wins.

use std::collections::BTreeSet;
use std::time::Duration;

use paymux_core::Timestamp;
use tokio::task::JoinSet;

use super::sample::{self, MERCHANT, payments, task, tasks};
use super::{check, word};
use crate::{Change, Finish, Store, Then, Write};

const RACERS: u16 = 16;

/// Commits all at once, and sorts their numbers by outcome.
async fn race<S: Store>(
    store: &S,
    change: impl Fn(u16) -> Change,
) -> (Vec<u16>, Vec<(u16, &'static str)>) {
    let mut racers = JoinSet::new();
    for number in 0..RACERS {
        let (store, change) = (store.clone(), change(number));
        racers.spawn(async move { (number, word(&store.commit(change).await)) });
    }
    let (won, lost) = racers.join_all().await.into_iter().partition::<Vec<_>, _>(|it| it.1 == "ok");
    (won.into_iter().map(|it| it.0).collect(), lost)
}

pub(super) async fn one_writer_wins_each_version<S: Store>(store: S) {
    let id = sample::payment_id(MERCHANT, 1);
    for version in 0..10 {
        let next = |number: u16| {
            let mut next = payments::plain(id, MERCHANT);
            (next.version, next.order.subject) = (version + 1, number.to_string());
            let entry = sample::entry(id, &number.to_string());
            let payment = Some(Write { expected: version, next });
            Change { payment, entries: vec![entry], ..Change::default() }
        };
        let (won, lost) = race(&store, next).await;
        let [winner] = won[..] else { panic!("{won:?} won version {version}") };
        assert!(lost.iter().all(|it| it.1 == "stale"), "{lost:?}");
        let stored = store.payment(id).await.expect("a read").expect("just written");
        assert_eq!(stored.order.subject, winner.to_string());
        let timeline = store.timeline(id).await.expect("a read");
        assert_eq!(timeline.len() as u64, version + 1, "losers leave no line");
    }
}

pub(super) async fn one_writer_wins_each_key<S: Store>(store: S) {
    let key = sample::order_key(MERCHANT, "once");
    let change = |number: u16| Change {
        once: vec![sample::once(key.clone(), &number.to_string())],
        ..sample::everything(number + 1)
    };
    let (won, lost) = race(&store, change).await;
    let [winner] = won[..] else { panic!("{won:?} hold the key") };
    assert!(lost.iter().all(|it| it.1 == "once"), "{lost:?}");
    assert_eq!(store.holder(&key).await.expect("a read"), Some(winner.to_string()));
    let listed = store.payments(&sample::id(MERCHANT), None, 99).await.expect("a read");
    let ids: Vec<_> = listed.into_iter().map(|it| it.id).collect();
    assert_eq!(ids, [sample::payment_id(MERCHANT, winner + 1)]);
}

pub(super) async fn no_task_is_leased_twice<S: Store>(store: S) {
    const TASKS: u16 = 100;
    let kinds = (1..=TASKS).map(|it| sample::resolve(sample::payment_id(MERCHANT, it), 1));
    check(&store, tasks(kinds.map(|it| task(it, 10))), "ok").await;
    let mut workers = JoinSet::new();
    for _ in 0..RACERS {
        let store = store.clone();
        workers.spawn(async move {
            let mut mine = vec![];
            loop {
                let lease = store.lease(Timestamp(10), Duration::from_secs(1), 3).await;
                let leased = lease.expect("a lease");
                if leased.is_empty() {
                    return mine;
                }
                assert!(leased.len() <= 3, "{leased:?}");
                mine.extend(leased);
            }
        });
    }
    let leased = workers.join_all().await.concat();
    let kinds: BTreeSet<_> = leased.iter().map(|it| &it.kind).collect();
    assert_eq!((leased.len(), kinds.len()), (TASKS.into(), TASKS.into()));
}

pub(super) async fn one_finisher_wins<S: Store>(store: S) {
    let kind = sample::resolve(sample::payment_id(MERCHANT, 1), 1);
    check(&store, tasks([task(kind.clone(), 10)]), "ok").await;
    let leased = store.lease(Timestamp(10), Duration::from_secs(1), 1).await.expect("a lease");
    let finish = Finish { kind, fence: leased[0].fence, then: Then::Done };
    let change =
        |number: u16| Change { finish: Some(finish.clone()), ..sample::everything(number + 2) };
    let (won, lost) = race(&store, change).await;
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|it| it.1 == "fenced"), "{lost:?}");
    let listed = store.payments(&sample::id(MERCHANT), None, 99).await.expect("a read");
    assert_eq!(listed.len(), 1, "losers leave nothing");
}
