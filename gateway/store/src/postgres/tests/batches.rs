//! Many changes at once: each fails alone, and none waits for ever.

use super::*;
use crate::postgres::connect::Connections;

const LEASE: Duration = Duration::from_secs(1);

/// Straight to the database, as one batch.
async fn batch(options: &Options, changes: &[Change]) -> Vec<Result<(), CommitError>> {
    let connections = Connections::new(options, NoTls).unwrap();
    batch::run(&connections, changes).await.unwrap()
}

#[tokio::test]
async fn a_change_that_fails_fails_alone() {
    let (options, store) = fresh().await;
    let same_number = Change { once: vec![once(7), once(1)], ..change(2) };
    let mut nul = change(3);
    nul.once[0].holder = "\0".into();
    let mut refunded = change(4);
    let next = sample_payments::refunded(payment_id(4), "demo", 1, &[2]);
    refunded.payment = Some(Write { expected: 0, next });
    let outcomes = batch(&options, &[change(1), same_number, nul, refunded, change(5)]).await;
    let [one, two, three, four, five] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(one.is_ok() && five.is_ok(), "{outcomes:?}");
    let key = once(1).key;
    assert!(matches!(two, Err(CommitError::Duplicate(Duplicate::Once(it))) if *it == key));
    assert!(matches!(three, Err(CommitError::Constraint(_))), "{three:?}");
    assert!(matches!(four, Err(CommitError::Constraint(_))), "{four:?}");
    for (number, is_there) in [(1, true), (2, false), (3, false), (4, false), (5, true)] {
        let found = store.payment(payment_id(number)).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{number}");
    }
    assert_eq!(store.holder(&once(7).key).await.unwrap(), None, "rolled back with its change");
}

/// The database's own constraints, should the code before them ever be wrong.
#[tokio::test]
async fn the_database_itself_refuses_what_must_not_be() {
    let (options, store) = fresh().await;
    let next = sample_payments::refunded(payment_id(1), "demo", 100, &[60, 40]);
    store.commit(Change { payment: Some(Write { expected: 0, next }), ..change(1) }).await.unwrap();
    let stranger = stranger(&options).await;
    let row = stranger.query_one("SELECT paid, reserved, refunded FROM payment", &[]).await;
    let row = row.unwrap();
    let sums: (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(sums, (100, 40, 60));
    for sql in [
        "UPDATE payment SET refunded = 61",
        "UPDATE payment SET paid = 99",
        "UPDATE payment SET reserved = -1",
        "UPDATE payment SET refunded = -1",
        "UPDATE payment SET reserved = 9223372036854775807, refunded = 9223372036854775807",
        "UPDATE payment SET amount = 0",
        "UPDATE payment SET version = 0",
        "INSERT INTO once SELECT bucket, key, 'thief' FROM once",
    ] {
        let error = stranger.batch_execute(sql).await.expect_err(sql);
        let class = error.code().map(|it| it.code()[..2].to_owned());
        assert_eq!(class.as_deref(), Some("23"), "{sql}: {error}");
    }
}

/// A lock that is held too long costs its own change, and not those that shared its batch.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_that_waits_in_vain_for_a_lock_fails_alone() {
    let (mut options, _) = fresh().await;
    (options.connections, options.lock_timeout) = (2, Duration::from_millis(100));
    let store = Postgres::open(&options, NoTls).await.unwrap();
    let stranger = stranger(&options).await;
    hold(&stranger, [3]).await;
    let commits = (0..12).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { (number, store.commit(change(number)).await) })
    });
    for commit in commits.collect::<Vec<_>>() {
        let (number, outcome) = commit.await.unwrap();
        match number {
            3 => assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}"),
            _ => assert!(outcome.is_ok(), "{number}: {outcome:?}"),
        }
    }
    stranger.batch_execute("ROLLBACK").await.unwrap();
    store.commit(change(3)).await.unwrap();
}

/// Keeps writers away from these payments until it is rolled back.
async fn hold(stranger: &Client, numbers: impl IntoIterator<Item = u128>) {
    let lock = |number| {
        let payment = payment_id(number);
        format!("SELECT pg_advisory_xact_lock(1347245400, hashtext('{payment}'));")
    };
    let locks: String = numbers.into_iter().map(lock).collect();
    stranger.batch_execute(&format!("BEGIN; {locks}")).await.unwrap();
}

/// The slow one is the first of its batch, and the last that is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_one_waits_for_a_lock_the_others_go_past_it() {
    let (mut options, _) = fresh().await;
    (options.connections, options.lock_timeout) = (8, Duration::from_secs(2));
    let store = Postgres::open(&options, NoTls).await.unwrap();
    let stranger = stranger(&options).await;
    hold(&stranger, [0]).await;
    let jobs = (0..12).map(|number| {
        let (answer, outcome) = tokio::sync::oneshot::channel();
        (committer::Job { change: change(number), answer }, outcome)
    });
    let (jobs, outcomes): (Vec<_>, Vec<_>) = jobs.unzip();
    let serving = tokio::spawn(store.inner.committers.serve(jobs));
    let mut outcomes = outcomes.into_iter();
    let mut slow = outcomes.next().unwrap();
    for outcome in outcomes {
        assert!(outcome.await.unwrap().is_ok());
    }
    assert!(slow.try_recv().is_err(), "it waits still");
    let outcome = slow.await.unwrap();
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    serving.await.unwrap();
}

/// However many changes wait for a lock that nobody gives, few of them are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_spoiled_batches_do_not_pile_up() {
    let (mut options, _) = fresh().await;
    (options.connections, options.lock_timeout) = (8, Duration::from_millis(20));
    let store = Postgres::open(&options, NoTls).await.unwrap();
    let stranger = stranger(&options).await;
    hold(&stranger, 0..150).await;
    let mut commits = tokio::task::JoinSet::new();
    for number in 0..150 {
        let store = store.clone();
        commits.spawn(async move { store.commit(change(number)).await });
    }
    let mut most = 0;
    while let Some(outcome) = commits.join_next().await {
        most = most.max(store.inner.committers.under_way());
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    }
    // Four committers and half as many changes beside them, some of them ending while others begin.
    assert!((4..=12).contains(&most), "{most}");
    stranger.batch_execute("ROLLBACK").await.unwrap();
    store.commit(change(3)).await.unwrap();
}

/// Half of the connections write: whoever reads finds the other half, whatever those wait for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_have_connections_while_every_writer_waits() {
    let (mut options, _) = fresh().await;
    options.connect_timeout = Duration::from_secs(1);
    let store = Postgres::open(&options, NoTls).await.unwrap();
    store.commit(change(1)).await.unwrap();
    let writers = [store.connections().writer().await, store.connections().writer().await];
    let writers = writers.map(Result::unwrap);
    let third = tokio::spawn({
        let connections = store.connections().clone();
        async move { connections.writer().await.is_ok() }
    });
    let commit = tokio::spawn({
        let store = store.clone();
        async move { store.commit(change(2)).await }
    });
    for _ in 0..20 {
        let (one, other) =
            tokio::join!(store.payment(payment_id(1)), store.lease(Timestamp(0), LEASE, 1));
        assert!(one.unwrap().is_some() && other.is_ok());
    }
    assert!(!third.is_finished() && !commit.is_finished(), "they wait for a writer");
    drop(writers);
    assert!(third.await.unwrap());
    commit.await.unwrap().unwrap();
}

/// Three nodes write the same few payments, keys and tasks, each in an order of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_of_several_nodes_never_lock_each_other_out() {
    let (options, first) = fresh().await;
    let mut nodes = vec![first];
    for _ in 0..2 {
        nodes.push(Postgres::open(&options, NoTls).await.unwrap());
    }
    let mut writers = tokio::task::JoinSet::new();
    for (seed, store) in (1..).zip(nodes.iter().cycle().take(24)) {
        let store = store.clone();
        writers.spawn(async move {
            let mut rng = Rng::new(seed);
            for _ in 0..40 {
                let outcome = store.commit(tangle(&mut rng)).await;
                let refused = matches!(outcome, Err(CommitError::Duplicate(_)));
                assert!(outcome.is_ok() || refused, "{outcome:?}");
            }
        });
    }
    writers.join_all().await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks = stranger(&options).await.query_one(deadlocks, &[]).await.unwrap();
    assert_eq!(deadlocks.get::<_, i64>(0), 0);
}

/// Some of few tasks, keys and lines, in any order.
fn tangle(rng: &mut Rng) -> Change {
    let mut number = |end| u32::try_from(rng.below(end)).unwrap();
    let tasks = (0..4).map(|_| task(number(6).into())).collect();
    let once = (0..number(3)).map(|_| once(number(400))).collect();
    let entry = |payment| crate::Entry {
        payment,
        at: Timestamp(0),
        kind: "tangle".into(),
        detail: "{}".into(),
    };
    let entries = (0..3).map(|_| entry(payment_id(number(6).into()))).collect();
    Change { tasks, once, entries, ..Change::default() }
}
