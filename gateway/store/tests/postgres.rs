//! PostgreSQL restarts, stands still or is cut off while changes are committed, or a committer
//! dies. Whatever was acknowledged is there, and every change is there whole or not at all.

#![expect(clippy::unwrap_used, reason = "a test, to its last helper")]

mod work;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use paymux_core::Timestamp;
use paymux_services::{Fault, Postgres as Server, Proxy, Trigger};
use paymux_store::postgres::{Options, Postgres, migrate};
use paymux_store::{CommitError, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;

use crate::work::child::{self, COMMITTERS, commit_until_the_end, listen, numbers};
use crate::work::{change, rows};

/// Only a batch has this: it is how each change begins.
const BATCH: &[u8] = b"\"deliveries\"";

/// Where the child finds its database, and its first number.
const URL: &str = "PAYMUX_CRASH_URL";
const FIRST: &str = "PAYMUX_CRASH_FIRST";

fn options(url: &str) -> Options {
    Options {
        url: url.parse().unwrap(),
        connections: 8,
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(2),
        lock_timeout: Duration::from_secs(1),
    }
}

async fn open(url: &str) -> Postgres {
    Postgres::open(&options(url), NoTls).await.unwrap()
}

async fn database(server: &Server) -> String {
    let url = server.database();
    migrate(&options(&url), NoTls).await.unwrap();
    url
}

/// Everything acknowledged, and nothing by halves.
async fn found(store: &Postgres, acknowledged: &BTreeSet<u16>, end: u16) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    for number in 0..end {
        let rows = rows(store, number).await;
        assert!(rows == 0 || rows == 5, "{rows} of 5 rows of change {number}");
        assert!(rows == 5 || !acknowledged.contains(&number), "change {number} is lost");
        found.extend((rows == 5).then_some(number));
    }
    let tasks = store.backlog(Timestamp(0)).await.unwrap().tasks;
    assert_eq!(tasks, found.len() as u64, "a task for each, and none for the others");
    let events = store.events(&"demo".parse().unwrap(), 0, usize::MAX).await.unwrap();
    assert_eq!(events.len(), found.len(), "an event for each");
    assert!(events.iter().map(|it| it.cursor).eq(1..=found.len() as u64), "cursors have no gap");
    found
}

/// What committers heard, by number.
#[derive(Default)]
struct Heard {
    ok: BTreeSet<u16>,
    unknown: BTreeSet<u16>,
}

/// Commits on and on, through whatever happens, until it is ended.
struct Load {
    next: Arc<AtomicU16>,
    acknowledged: watch::Sender<usize>,
    stop: CancellationToken,
    committers: JoinSet<Heard>,
}

impl Load {
    fn start(stores: &[Postgres]) -> Self {
        let (next, stop) = (Arc::new(AtomicU16::default()), CancellationToken::new());
        let (acknowledged, mut committers) = (watch::Sender::new(0), JoinSet::new());
        for store in stores.iter().cycle().take(24) {
            let (next, acknowledged) = (next.clone(), acknowledged.clone());
            committers.spawn(committer(store.clone(), next, acknowledged, stop.clone()));
        }
        Self { next, acknowledged, stop, committers }
    }

    /// Until so many more were acknowledged.
    async fn goes_on(&self, more: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        let goal = *acknowledged.borrow() + more;
        acknowledged.wait_for(|it| *it >= goal).await.unwrap();
    }

    async fn end(mut self) -> (Heard, u16) {
        self.stop.cancel();
        let mut heard = Heard::default();
        while let Some(one) = self.committers.join_next().await {
            let one = one.unwrap();
            heard.ok.extend(one.ok);
            heard.unknown.extend(one.unknown);
        }
        (heard, self.next.load(Ordering::Relaxed))
    }
}

/// Unavailable means not written: so the same change is committed again, and is no repeat.
async fn committer(
    store: Postgres,
    next: Arc<AtomicU16>,
    acknowledged: watch::Sender<usize>,
    stop: CancellationToken,
) -> Heard {
    let mut heard = Heard::default();
    let mut number = next.fetch_add(1, Ordering::Relaxed);
    while !stop.is_cancelled() {
        match store.commit(change(number)).await {
            Err(CommitError::Unavailable(_)) => continue,
            Ok(()) => {
                acknowledged.send_modify(|it| *it += 1);
                heard.ok.insert(number);
            }
            Err(CommitError::Unknown(_)) => drop(heard.unknown.insert(number)),
            Err(error) => panic!("change {number}: {error}"),
        }
        number = next.fetch_add(1, Ordering::Relaxed);
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_restarts_under_load() {
    let server = Server::start_durable();
    let url = database(&server).await;
    let stores = [open(&url).await, open(&url).await, open(&url).await];
    let load = Load::start(&stores);
    let server = Arc::new(server);
    for round in 0..6 {
        load.goes_on(150).await;
        let server = server.clone();
        let restart = move || match round % 2 {
            0 => server.restart_immediate(),
            _ => server.restart_fast(),
        };
        tokio::task::spawn_blocking(restart).await.unwrap();
    }
    load.goes_on(150).await;
    let (heard, end) = load.end().await;
    assert!(!heard.unknown.is_empty(), "no commit was ever cut off: the test tests nothing");
    let found = found(&stores[0], &heard.ok, end).await;
    let told: BTreeSet<u16> = heard.ok.union(&heard.unknown).copied().collect();
    assert!(found.is_subset(&told));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_stands_still_is_given_up_and_found_again() {
    let server = Server::start();
    let url = database(&server).await;
    let store = open(&url).await;
    store.commit(change(0)).await.unwrap();
    server.freeze();
    let frozen = store.commit(change(1)).await;
    assert!(matches!(frozen, Err(CommitError::Unknown(_))), "{frozen:?}");
    store.payment(work::payment_id(0)).await.unwrap_err();
    store.lease(Timestamp(0), Duration::from_secs(1), 1).await.unwrap_err();
    server.thaw();
    server.stop();
    let away = store.commit(change(2)).await;
    assert!(matches!(away, Err(CommitError::Unavailable(_) | CommitError::Unknown(_))), "{away:?}");
    let away = store.commit(change(3)).await;
    assert!(matches!(away, Err(CommitError::Unavailable(_))), "{away:?}");
    server.start_again();
    store.commit(change(4)).await.unwrap();
    let found = found(&store, &[0, 4].into(), 5).await;
    assert!(!found.contains(&3), "unavailable means not written");
}

/// The connection is cut before the server hears of the commit, or after it has done it: the
/// committer cannot know which, and must not pretend to.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_cut_around_the_commit_leaves_its_outcome_unknown() {
    let server = Server::start();
    let url = database(&server).await;
    let proxy = Proxy::to(server.port);
    let through = url.replace(&server.port.to_string(), &proxy.port.to_string());
    let (store, beside) = (open(&through).await, open(&url).await);
    let mut acknowledged = BTreeSet::new();
    let cuts = [(Trigger::Says(BATCH.to_vec()), false), (Trigger::Completes(BATCH.to_vec()), true)];
    for (number, (cut_at, is_there)) in (0..).zip(cuts.iter().cycle().take(6)) {
        store.commit(change(2 * number)).await.unwrap();
        acknowledged.insert(2 * number);
        proxy.arm(cut_at.clone(), Fault::Close);
        let cut = store.commit(change(2 * number + 1)).await;
        assert!(matches!(cut, Err(CommitError::Unknown(_))), "{cut_at:?}: {cut:?}");
        let rows = rows(&beside, 2 * number + 1).await;
        assert_eq!(rows == 5, *is_there, "{cut_at:?}");
    }
    found(&beside, &acknowledged, 12).await;
}

/// Not a test by itself: the process that dies.
#[test]
#[ignore = "started by the tests below"]
#[expect(clippy::disallowed_methods, reason = "the environment is how the parent speaks")]
fn child() {
    let (Ok(url), Ok(first)) = (std::env::var(URL), std::env::var(FIRST)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let store = open(&url).await;
        commit_until_the_end(&store, first.parse().unwrap()).await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_committer_that_dies_loses_nothing_and_halves_nothing() {
    let server = Server::start();
    let url = database(&server).await;
    let store = open(&url).await;
    let mut acknowledged = BTreeSet::new();
    let mut next = 0;
    let deaths = [
        (Some("store.before_commit"), usize::MAX),
        (Some("store.after_commit"), usize::MAX),
        (Some("store.before_commit:20"), usize::MAX),
        (None, 1),
        (Some("store.after_commit:30"), usize::MAX),
        (None, 200),
        (None, 333),
    ];
    for (point, kill_after) in deaths {
        let variables = [(URL, url.clone()), (FIRST, next.to_string())];
        let mut child = child::start(None, point, &variables);
        let said = listen(&mut child, kill_after);
        assert!(!child.wait().unwrap().success());
        let news = numbers(&said, "ok");
        assert_eq!(news.len(), said.len(), "only acknowledgements: {said:?}");
        acknowledged.extend(&news);
        wait_until_nobody_commits(&server, &url).await;
        let end = acknowledged.last().copied().unwrap_or(next) + 2 * COMMITTERS;
        let after = found(&store, &acknowledged, end).await;
        next = after.last().map_or(next, |it| it + 1);
        acknowledged = after;
    }
}

/// A backend whose client died still ends the statement it was sent.
async fn wait_until_nobody_commits(server: &Server, url: &str) {
    let database = url.rsplit('/').next().unwrap();
    let busy = "SELECT 1 / (CASE WHEN EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' \
         AND query LIKE '%paymux_commit%' AND pid <> pg_backend_pid()) THEN 0 ELSE 1 END)";
    while !server.execute(database, busy) {
        tokio::task::yield_now().await;
    }
}
