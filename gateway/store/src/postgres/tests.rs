use std::collections::BTreeSet;
use std::sync::LazyLock;

use tokio_postgres::{Client, NoTls};

use super::*;
use crate::conformance::{Rng, sample_payments};
use crate::{Duplicate, Once, Task, TaskKind, Write};

/// One server for all tests of this process; each test has databases of its own.
static SERVER: LazyLock<paymux_services::Postgres> =
    LazyLock::new(paymux_services::Postgres::start);

mod batches;
mod events;
mod schemas;

fn options(url: &str) -> Options {
    Options {
        url: url.parse().unwrap(),
        connections: 4,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
    }
}

async fn fresh() -> (Options, Postgres) {
    let options = options(&SERVER.database());
    migrate(&options, NoTls).await.unwrap();
    let store = Postgres::open(&options, NoTls).await.unwrap();
    (options, store)
}

/// A connection of the test's own, as an operator would have.
async fn stranger(options: &Options) -> Client {
    let (client, connection) = options.url.config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Until a statement of that database waits for a lock.
async fn somebody_waits(stranger: &Client) {
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE NOT granted AND datname = current_database()";
    while stranger.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
}

fn payment_id(number: u128) -> PaymentId {
    PaymentId::new(Timestamp(1_000), &"demo".parse().unwrap(), number)
}

fn once(number: u32) -> Once {
    let key = Key::Order("demo".parse().unwrap(), number.to_string().parse().unwrap());
    Once { key, holder: "pay".into() }
}

/// A new payment with a number of its own.
fn change(number: u32) -> Change {
    let next = sample_payments::plain(payment_id(number.into()), "demo");
    let payment = Some(Write { expected: 0, next });
    Change { payment, once: vec![once(number)], ..Change::default() }
}

fn task(number: u128) -> Task {
    let attempt = paymux_core::AttemptId { payment: payment_id(number), number: 1 };
    Task { kind: TaskKind::Resolve(attempt), due: Timestamp(10) }
}

/// A clock that is wrong would take leases that still run, and find everything due.
#[tokio::test]
async fn nothing_is_handed_out_to_a_clock_that_is_wrong() {
    let (_, store) = fresh().await;
    let limit = Duration::from_secs(30);
    store.commit(Change { tasks: vec![task(1)], ..Change::default() }).await.unwrap();
    let now = store.clock().await.unwrap().expect("it has a clock");
    let store = store.keeping_time(limit);
    for wrong in [now.after(limit * 2), Timestamp(now.0 - 60_000)] {
        let error = store.lease(wrong, limit, 1).await.unwrap_err();
        assert!(error.0.contains("s apart"), "{error}");
    }
    assert_eq!(store.lease(now, limit, 1).await.unwrap().len(), 1);
    assert!(store.lease(now, limit, 1).await.unwrap().is_empty(), "no more, and no error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    crate::conformance::run(async || fresh().await.1).await;
}

#[tokio::test]
async fn closing_ends_what_was_accepted_and_refuses_the_rest() {
    let (options, store) = fresh().await;
    let commit = |number| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(change(number)).await })
    };
    let commits: Vec<_> = (0..200).map(commit).collect();
    tokio::task::yield_now().await;
    store.close().await;
    let mut acknowledged = BTreeSet::new();
    for (number, commit) in (0..).zip(commits) {
        match commit.await.unwrap() {
            Ok(()) => drop(acknowledged.insert(number)),
            Err(error) => assert!(matches!(error, CommitError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(matches!(store.commit(change(999)).await, Err(CommitError::Unavailable(_))));
    store.next_due().await.unwrap_err();
    let store = Postgres::open(&options, NoTls).await.unwrap();
    for number in 0..200 {
        let holder = store.holder(&once(number).key).await.unwrap();
        assert_eq!(holder.is_some(), acknowledged.contains(&number), "{number}");
    }
}

#[tokio::test]
async fn a_task_put_by_one_node_wakes_the_others_and_not_itself() {
    let (options, one) = fresh().await;
    let other = Postgres::open(&options, NoTls).await.unwrap();
    // Each hears once that it listens.
    one.woken().await;
    other.woken().await;
    for number in 0..3 {
        one.commit(Change { tasks: vec![task(number)], ..Change::default() }).await.unwrap();
        other.woken().await;
    }
    // The bell of `one` has long been told of its own rings by then.
    other.commit(Change { tasks: vec![task(9)], ..Change::default() }).await.unwrap();
    one.woken().await;
    let again = tokio::time::timeout(Duration::from_millis(200), one.woken()).await;
    assert!(again.is_err(), "it hears itself");
}

#[tokio::test]
async fn who_lost_the_connection_listens_again() {
    let (options, one) = fresh().await;
    let other = Postgres::open(&options, NoTls).await.unwrap();
    other.woken().await;
    let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE query LIKE '%paymux_task%' AND datname = current_database()
        AND pid <> pg_backend_pid()";
    let ended = stranger(&options).await.query_one(ended, &[]).await.unwrap();
    assert!(ended.get::<_, i64>(0) >= 1);
    // Nobody knows what was missed, so it rings at once.
    other.woken().await;
    one.commit(Change { tasks: vec![task(1)], ..Change::default() }).await.unwrap();
    other.woken().await;
}

#[tokio::test]
async fn what_the_database_cannot_read_is_an_error_and_never_a_guess() {
    let (options, store) = fresh().await;
    store.commit(Change { tasks: vec![task(1)], ..change(1) }).await.unwrap();
    let stranger = stranger(&options).await;
    let edits =
        ["UPDATE payment SET record = substr(record, 2)", "UPDATE payment SET record = '{}'"];
    for edit in edits {
        stranger.batch_execute(edit).await.unwrap();
        store.payment(payment_id(1)).await.unwrap_err();
    }
    let strange = "INSERT INTO task VALUES (1, 'dance/1', 5, 0, 0)";
    stranger.batch_execute(strange).await.unwrap();
    let leased = store.lease(Timestamp(10), Duration::from_millis(100), 2).await.unwrap();
    assert_eq!(leased.iter().map(|it| &it.kind).collect::<Vec<_>>(), [&task(1).kind]);
    assert_eq!(store.backlog(Timestamp(0)).await.unwrap().tasks, 2, "it stays, for a person");
}

/// Even an operator at the database has to take the guard away first, and then the chain tells.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_only_appended_to() {
    let (options, store) = fresh().await;
    for object in ["one", "two"] {
        let act = Some(crate::conformance::sample_act(object));
        store.commit(Change { act, ..Change::default() }).await.unwrap();
    }
    let stranger = stranger(&options).await;
    let changed = r#"UPDATE audit SET "user" = 'bob' WHERE seq = 1"#;
    for sql in [changed, "DELETE FROM audit WHERE seq = 2", "TRUNCATE audit"] {
        let refused = format!("{:?}", stranger.batch_execute(sql).await.unwrap_err());
        assert!(refused.contains("only appended to"), "{refused}");
    }
    stranger.batch_execute("DROP TRIGGER audit_is_not_changed ON audit").await.unwrap();
    stranger.batch_execute(changed).await.unwrap();
    let log = store.audit(Pages::After(0), 9).await.unwrap();
    assert_eq!(crate::audit::Walk::default().over(&log), Err(1));
}

/// Whoever takes the guard away, or changes what a book holds, is told by the other of the two.
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_only_appended_to() {
    let (options, store) = fresh().await;
    let paid = crate::conformance::sample_paid("demo", 1, 100);
    store.commit(crate::conformance::sample_journal([paid])).await.unwrap();
    assert_eq!(store.imbalances(9).await.unwrap(), []);
    let stranger = stranger(&options).await;
    let changed = "UPDATE posting SET amount = 1";
    for sql in [changed, "DELETE FROM posting", "DELETE FROM journal", "TRUNCATE journal"] {
        let refused = format!("{:?}", stranger.batch_execute(sql).await.unwrap_err());
        assert!(refused.contains("only appended to"), "{refused}");
    }
    stranger.batch_execute("DROP TRIGGER posting_is_not_changed ON posting").await.unwrap();
    stranger.batch_execute(changed).await.unwrap();
    let found = store.imbalances(9).await.unwrap();
    let told: Vec<_> = found.iter().map(|it| (it.book.as_str(), it.kept, it.derived)).collect();
    assert_eq!(told, [("channel/ali-1", -100, -1), ("owed/demo", 100, 1)]);
}
