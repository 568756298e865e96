//! A process dies at a named point, at any point, or with its disk; another opens the file after
//! it. Whatever was acknowledged is there, and every change is there whole or not at all.

#![expect(clippy::unwrap_used, reason = "a test, to its last helper")]

mod work;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Child;

use paymux_core::Timestamp;
use paymux_store::Store;
use paymux_store::sqlite::Sqlite;

use crate::work::child::{self, COMMITTERS, commit_until_the_end, listen, numbers, say};
use crate::work::rows;

/// Where the child finds its file, and its first number.
const FILE: &str = "PAYMUX_CRASH_FILE";
const FIRST: &str = "PAYMUX_CRASH_FIRST";

/// Not a test by itself: the process that dies. Says each number whose commit was acknowledged.
#[test]
#[ignore = "started by the tests below"]
#[expect(clippy::disallowed_methods, reason = "the environment is how the parent speaks")]
fn child() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(commit_and_say_how_it_ended(file.as_ref(), first.parse().unwrap()));
}

async fn commit_and_say_how_it_ended(file: &Path, first: u16) {
    let store = Sqlite::open(file).unwrap();
    commit_until_the_end(&store, first).await;
    say(&format!("failed {}", *store.failed().borrow()));
}

/// Behind a shell that may set limits first.
fn start(file: &Path, first: u16, crashpoint: Option<&str>, shell: Option<&str>) -> Child {
    child::start(
        shell,
        crashpoint,
        &[(FILE, file.display().to_string()), (FIRST, first.to_string())],
    )
}

/// What is found by the process after: everything acknowledged, and nothing by halves.
async fn found(file: &Path, acknowledged: &BTreeSet<u16>) -> BTreeSet<u16> {
    let store = Sqlite::open(file).unwrap();
    let end = acknowledged.last().map_or(0, |it| it + 1) + 2 * COMMITTERS;
    let mut found = BTreeSet::new();
    for number in 0..end {
        let rows = rows(&store, number).await;
        assert!(rows == 0 || rows == 5, "{rows} of 5 rows of change {number}");
        assert!(rows == 5 || !acknowledged.contains(&number), "change {number} is lost");
        found.extend((rows == 5).then_some(number));
    }
    let tasks = store.backlog(Timestamp(0)).await.unwrap().tasks;
    assert_eq!(tasks, found.len() as u64, "a task for each, and none for the others");
    store.close().await;
    found
}

enum Death {
    At(&'static str),
    After(usize),
}

#[tokio::test]
async fn a_crash_loses_nothing_and_halves_nothing() {
    use Death::{After, At};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paymux.db");
    let (mut acknowledged, mut before) = (BTreeSet::new(), BTreeSet::new());
    let deaths = [
        At("store.before_commit"),
        At("store.after_commit"),
        After(1),
        At("store.before_commit:2"),
        At("store.after_commit:3"),
        At("store.before_commit:40"),
        After(300),
        At("store.after_commit:50"),
        // Past the first checkpoint.
        After(1_400),
        At("store.before_commit:90"),
    ];
    for death in deaths {
        let first = before.last().map_or(0, |it| it + 1);
        let (point, kill_after) = match death {
            At(point) => (Some(point), usize::MAX),
            After(count) => (None, count),
        };
        let mut child = start(&file, first, point, None);
        let said = listen(&mut child, kill_after);
        assert!(!child.wait().unwrap().success());
        let news = numbers(&said, "ok");
        assert_eq!(news.len(), said.len(), "only acknowledgements: {said:?}");
        assert!(news.len() >= if point.is_some() { 0 } else { kill_after }, "{said:?}");
        acknowledged.extend(&news);
        let after = found(&file, &acknowledged).await;
        let unheard = after.difference(&acknowledged).count();
        match point {
            Some("store.before_commit") => assert_eq!(after.len(), before.len()),
            Some("store.after_commit") => assert!(unheard > 0, "written, and never said"),
            Some(_) | None => assert!(after.len() > before.len(), "{point:?}"),
        }
        acknowledged.clone_from(&after);
        before = after;
    }
}

/// No file may grow beyond 300 KiB: writing the log fails as on a broken disk.
#[cfg(unix)]
#[tokio::test]
async fn a_broken_disk_stops_the_store_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paymux.db");
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\"";
    let mut child = start(&file, 0, None, Some(script));
    let said = listen(&mut child, usize::MAX);
    assert!(child.wait().unwrap().success(), "it ends by itself: {said:?}");
    assert_eq!(said.last().map(String::as_str), Some("failed true"));
    let (acknowledged, unknown) = (numbers(&said, "ok"), numbers(&said, "unknown"));
    assert!(!acknowledged.is_empty() && !unknown.is_empty(), "{said:?}");
    let found = found(&file, &acknowledged).await;
    let refused = numbers(&said, "refused");
    assert!(found.is_disjoint(&refused), "refused means not written: {refused:?}");
    let told: BTreeSet<u16> = acknowledged.union(&unknown).copied().collect();
    assert!(found.is_subset(&told));
}
