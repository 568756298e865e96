use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::{IdempotencyKey, Once, Task, TaskKind};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("paymux.db");
    (folder, path)
}

mod audit;
mod ledger;

fn once(number: u32) -> Change {
    let key = Key::Order("demo".parse().unwrap(), number.to_string().parse().unwrap());
    Change { once: vec![Once { key, holder: "pay".into() }], ..Change::default() }
}

async fn has(store: &Sqlite, number: u32) -> bool {
    store.holder(&once(number).once[0].key).await.unwrap().is_some()
}

/// A test beside this one may be starting a process, which has a copy of every lock until it has
/// become another program.
fn opened(path: &Path) -> Sqlite {
    let patience = Instant::now() + Duration::from_secs(10);
    let busy = |it: &Result<Sqlite, OpenError>| matches!(it, Err(OpenError::Locked(_)));
    let mut tries = std::iter::repeat_with(|| Sqlite::open(path));
    tries.find(|it| !busy(it) || Instant::now() > patience).unwrap().unwrap()
}

/// Says why the file does not open.
fn refused(path: &Path) -> String {
    Sqlite::open(path).unwrap_err().to_string()
}

/// Edits a closed file as a stranger would.
fn edit(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let (folder, _) = folder();
    let number = AtomicU32::new(0);
    let fresh = async || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        Sqlite::open(&folder.path().join(format!("{number}.db"))).unwrap()
    };
    crate::conformance::run(fresh).await;
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let (_folder, path) = folder();
    for number in 0..3 {
        let store = opened(&path);
        store.commit(once(number)).await.unwrap();
        for earlier in 0..=number {
            assert!(has(&store, earlier).await, "{earlier}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn closing_writes_what_was_accepted_and_refuses_the_rest() {
    let (_folder, path) = folder();
    let store = opened(&path);
    let commits: Vec<_> = (0..500).map(|it| tokio::spawn(commit(store.clone(), it))).collect();
    store.close().await;
    let mut acknowledged = vec![];
    for (number, commit) in (0..).zip(commits) {
        match commit.await.unwrap() {
            Ok(()) => acknowledged.push(number),
            Err(error) => assert!(matches!(error, CommitError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(matches!(store.commit(once(1)).await, Err(CommitError::Unavailable(_))));
    store.next_due().await.unwrap_err();
    store.lease(Timestamp(0), Duration::ZERO, 1).await.unwrap_err();
    // Twice is no error, and the lock is free though a handle is left.
    store.close().await;
    let reopened = opened(&path);
    for number in 0..500 {
        assert_eq!(has(&reopened, number).await, acknowledged.contains(&number), "{number}");
    }
}

async fn commit(store: Sqlite, number: u32) -> Result<(), CommitError> {
    store.commit(once(number)).await
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let (_folder, path) = folder();
    let store = opened(&path);
    assert!(refused(&path).contains("another process has"), "{}", refused(&path));
    store.commit(once(1)).await.unwrap();
    store.close().await;
    opened(&path);
}

#[tokio::test]
async fn a_handle_dropped_ends_the_threads() {
    let (_folder, path) = folder();
    let store = opened(&path);
    let mut failed = store.failed();
    drop(store);
    // Ends when the writer's thread does.
    failed.changed().await.unwrap_err();
}

#[test]
fn only_a_file_is_opened() {
    for path in ["", ":memory:", "/", ".."] {
        let error = Sqlite::open(Path::new(path)).unwrap_err();
        assert!(matches!(error, OpenError::Path(_)), "{path}: {error}");
    }
    let (folder, _) = folder();
    let error = Sqlite::open(&folder.path().join("absent/paymux.db")).unwrap_err();
    assert!(matches!(error, OpenError::File(..)), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder();
    let store = opened(&path);
    store.commit(once(1)).await.unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 4, "the database, its log, its index and the lock: {files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn another_programs_file_is_refused_untouched() {
    let (_folder, path) = folder();
    edit(&path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    let before = fs::read(&path).unwrap();
    assert!(refused(&path).contains("another program"), "{}", refused(&path));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn another_schema_is_refused() {
    let check = async |sql: &str, expect: &str| {
        let (_folder, path) = folder();
        opened(&path).close().await;
        edit(&path, sql);
        assert!(refused(&path).contains(expect), "{}", refused(&path));
    };
    let newer = "INSERT INTO schema_version VALUES (12, 'x')";
    check(newer, "schema 12 is newer than 11").await;
    check("UPDATE schema_version SET checksum = 'x'", "schema 1 of the file is not").await;
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (_folder, path) = folder();
    let store = opened(&path);
    for number in 0..200 {
        store.commit(once(number)).await.unwrap();
    }
    store.close().await;
    let whole = fs::read(&path).unwrap();
    let check = |damage: &dyn Fn(&mut Vec<u8>)| {
        let mut broken = whole.clone();
        damage(&mut broken);
        fs::write(&path, broken).unwrap();
        let error = refused(&path);
        assert!(error.contains("damaged"), "{error}");
    };
    check(&|it| it.truncate(whole.len() / 2));
    check(&|it| it[..16].fill(0));
    check(&|it| it[4096..].fill(0x5a));
    // A page that nothing reads at the start, but the check itself.
    check(&|it| it[whole.len() - 4096..].fill(0x5a));
    fs::write(&path, &whole).unwrap();
    assert!(has(&opened(&path), 199).await);
}

/// A torn tail of the log is what a power cut leaves: the commits before it stand.
#[tokio::test]
async fn a_torn_log_recovers_to_a_whole_commit() {
    let (folder, path) = folder();
    let store = opened(&path);
    for number in 0..20 {
        store.commit(once(number)).await.unwrap();
    }
    let log = fs::read(folder.path().join("paymux.db-wal")).unwrap();
    let database = fs::read(&path).unwrap();
    let mut most = 0;
    for cut in (0..=log.len()).step_by(1_777) {
        let (_folder, copy) = self::folder();
        fs::write(&copy, &database).unwrap();
        fs::write(copy.with_file_name("paymux.db-wal"), &log[..cut]).unwrap();
        // With hardly any log, the file is an empty database, or one before its first commit.
        let Ok(store) = Sqlite::open(&copy) else { panic!("cut at {cut}") };
        let mut known = 0;
        while has(&store, known).await {
            known += 1;
        }
        for later in known..20 {
            assert!(!has(&store, later).await, "{later} without {known}, cut at {cut}");
        }
        assert!(known >= most, "cut at {cut}");
        most = known;
        store.close().await;
    }
    assert!(most >= 18, "{most}");
}

/// A constraint that is only looked at when the group is committed: so the commit itself fails.
const FAILING_COMMIT: &str = "
    CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
    CREATE TRIGGER fail AFTER INSERT ON once WHEN new.holder = 'fail'
        BEGIN INSERT INTO child VALUES (1); END;";

#[tokio::test]
async fn a_commit_that_fails_is_unknown_and_final() {
    let (_folder, path) = folder();
    opened(&path).close().await;
    edit(&path, FAILING_COMMIT);
    let store = opened(&path);
    store.commit(once(1)).await.unwrap();
    assert!(!*store.failed().borrow());
    let mut fails = once(2);
    fails.once[0].holder = "fail".into();
    let outcome = store.commit(fails).await;
    assert!(matches!(outcome, Err(CommitError::Unknown(_))), "{outcome:?}");
    assert!(*store.failed().borrow(), "before anybody hears of the outcome");
    let outcome = store.commit(once(3)).await;
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    store.lease(Timestamp(0), Duration::ZERO, 1).await.unwrap_err();
    assert!(has(&store, 1).await && !has(&store, 2).await && !has(&store, 3).await);
    store.close().await;
    let reopened = opened(&path);
    assert!(has(&reopened, 1).await && !has(&reopened, 2).await && !has(&reopened, 3).await);
}

#[tokio::test]
async fn a_full_disk_before_the_commit_is_nothing_written_and_can_be_mended() {
    let (_folder, path) = folder();
    opened(&path).close().await;
    let (presence, here) = watch::channel(());
    let (file, connection) = open::writer(&path).unwrap();
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let full = |pages: i64| format!("PRAGMA max_page_count = {pages}");
    let _: i64 = connection.query_row(&full(pages), [], |row| row.get(0)).unwrap();
    let guest = lock::Guest::new(Arc::new(file), here);
    let (watched, settled) = (Watched::default(), Settled::default());
    let writer = Writer::start(connection, guest.clone(), watched.clone()).unwrap();
    let readers = Readers::start(&path, &guest).unwrap();
    drop(guest);
    let store = Sqlite { inner: Arc::new(Inner { writer, readers, presence, watched, settled }) };
    let mut large = once(1);
    large.once[0].holder = "x".repeat(100_000);
    let outcome = store.commit(large).await;
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    assert!(!*store.failed().borrow() && !has(&store, 1).await);
    store.commit(once(2)).await.unwrap();
    assert!(has(&store, 2).await);
}

/// An error that SQLite does not roll back by itself.
const FAILING_INSERT: &str = "CREATE TRIGGER fail AFTER INSERT ON once WHEN new.holder = 'fail'
    BEGIN SELECT json('{'); END;";

#[tokio::test]
async fn a_group_that_fails_before_its_commit_leaves_nothing_to_the_next() {
    let (_folder, path) = folder();
    opened(&path).close().await;
    edit(&path, FAILING_INSERT);
    let store = opened(&path);
    let mut fails = once(1);
    fails.once[0].holder = "fail".into();
    fails.once.insert(0, once(2).once.remove(0));
    let outcome = store.commit(fails).await;
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    store.commit(once(3)).await.unwrap();
    assert!(!has(&store, 1).await && !has(&store, 2).await && has(&store, 3).await);
    assert!(!*store.failed().borrow());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_and_never_a_guess() {
    let (_folder, path) = folder();
    let payment = PaymentId::new(Timestamp(1), &"demo".parse().unwrap(), 7);
    let store = opened(&path);
    let next = crate::conformance::sample_payments::plain(payment, "demo");
    let write = Some(crate::Write { expected: 0, next });
    store.commit(Change { payment: write, ..once(1) }).await.unwrap();
    store.close().await;
    let other = PaymentId::new(Timestamp(1), &"demo".parse().unwrap(), 8);
    let moved = format!("UPDATE payment SET id = '{other}'");
    let edits = [
        (&*moved, other),
        ("UPDATE payment SET record = substr(record, 2)", other),
        ("UPDATE payment SET record = '{}'", other),
    ];
    for (sql, id) in edits {
        edit(&path, sql);
        let store = opened(&path);
        let outcome = store.payment(id).await;
        assert!(outcome.is_err(), "{sql}: {outcome:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_task_that_cannot_be_read_holds_up_no_other() {
    let (_folder, path) = folder();
    let store = opened(&path);
    let payment = PaymentId::new(Timestamp(1), &"demo".parse().unwrap(), 7);
    let kind = TaskKind::Resolve(paymux_core::AttemptId { payment, number: 1 });
    let task = Task { kind: kind.clone(), due: Timestamp(10) };
    store.commit(Change { tasks: vec![task], ..Change::default() }).await.unwrap();
    store.close().await;
    edit(&path, "INSERT INTO task VALUES ('dance/1', 5, 0, 0)");
    let store = opened(&path);
    for now in [10, 1_000] {
        let leased = store.lease(Timestamp(now), Duration::from_millis(100), 2).await.unwrap();
        assert_eq!(leased.iter().map(|it| &it.kind).collect::<Vec<_>>(), [&kind]);
    }
    assert_eq!(store.backlog(Timestamp(0)).await.unwrap().tasks, 2, "it stays, for a person");
}

/// The database's own constraints, should the code before them ever be wrong.
#[tokio::test]
async fn the_file_itself_refuses_what_must_not_be() {
    let (_folder, path) = folder();
    let store = opened(&path);
    let payment = PaymentId::new(Timestamp(1), &"demo".parse().unwrap(), 7);
    let next = crate::conformance::sample_payments::refunded(payment, "demo", 100, &[60, 40]);
    let write = Some(crate::Write { expected: 0, next });
    let key = IdempotencyKey { merchant: "demo".parse().unwrap(), key: "k".into() };
    let (until, created_at) = (Timestamp(0), Timestamp(0));
    let begin =
        crate::Begin { key, fingerprint: [0; 32], holder: String::new(), until, created_at };
    let change = Change { payment: write, begin: Some(begin), ..once(1) };
    store.commit(change).await.unwrap();
    store.close().await;
    let file = Connection::open(&path).unwrap();
    let columns = "SELECT paid, reserved, refunded FROM payment";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let sums: (i64, i64, i64) = file.query_row(columns, [], row).unwrap();
    assert_eq!(sums, (100, 40, 60));
    for sql in [
        "UPDATE payment SET refunded = 61",
        "UPDATE payment SET paid = 99",
        "UPDATE payment SET reserved = -1",
        "UPDATE payment SET refunded = -1",
        "UPDATE payment SET reserved = 9223372036854775807, refunded = 9223372036854775807",
        "UPDATE payment SET amount = 0",
        "UPDATE payment SET version = 0",
        "UPDATE payment SET amount = 'much'",
        "UPDATE idempotency SET status = 200",
        "UPDATE idempotency SET fingerprint = x'00'",
        "INSERT INTO once VALUES ('order/demo/1', 'thief')",
        "INSERT INTO fence_floor VALUES (2, 0)",
    ] {
        let error = file.execute_batch(sql).expect_err(sql);
        let code = error.sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::ConstraintViolation), "{sql}: {error}");
    }
}

/// The queue's reads must not walk the whole queue: they run for every wake-up of a worker.
#[tokio::test]
async fn the_queue_is_read_by_its_indexes() {
    let (_folder, path) = folder();
    opened(&path).close().await;
    let file = Connection::open(&path).unwrap();
    let plan = |sql: &str, values: &[i64]| {
        let mut explain = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let values = rusqlite::params_from_iter(values);
        let lines = explain.query_map(values, |row| row.get::<_, String>(3)).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let waiting = plan(text::WAITING, &[1, 1]);
    assert!(waiting.contains("task_by_due (due<?)") && !waiting.contains("B-TREE"), "{waiting}");
    let next = plan(text::NEXT_DUE, &[]);
    assert!(next.contains("task_by_due") && next.contains("task_by_lease"), "{next}");
    // Of payments and deliveries there may be millions, of those that are not over a few.
    let backlog = plan(text::BACKLOG, &[1]);
    let covering = |index: &str| backlog.contains(&format!("COVERING INDEX {index}"));
    assert!(covering("delivery_untold") && covering("payment_in_doubt"), "{backlog}");
}
