//! The simulation is only as good as what it notices: each of these defects must be.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use paymux_core::planted::plant;
use paymux_engine::metrics::Metrics;

use super::scene::Violation;
use super::seeds::history;

/// A defect that so many histories do not show is not looked for.
const MOST: u64 = 20_000;

/// Every defect that can be planted, in the order of the crates they live in.
const BUGS: [&str; 36] = [
    // core
    "amount-unchecked",
    "success-told-again",
    "late-success-dropped",
    "duplicate-kept",
    "reserve-unchecked",
    "dispatch-without-question",
    "closed-without-proof",
    "repeat-proves-unsent",
    "refused-by-a-repeat",
    "refund-refused-by-a-repeat",
    "refused-refund-under-new-number",
    "closed-number-believed",
    "paid-while-reversing",
    "paid-after-reversal",
    "offered-for-ever",
    "fee-returned-again",
    // store
    "version-unchecked",
    "number-unchecked",
    "answer-overwritten",
    "fence-unchecked",
    // engine
    "acknowledged-before-commit",
    "guard-believed",
    "claim-let-go-without-token",
    "wrong-account-believed",
    "stranger-believed",
    "unknown-is-refused",
    "timeout-is-unsent",
    "new-number-on-retry",
    "another-number-committed",
    "delivered-unheard",
    "reserve-released-on-unknown",
    "refund-resent-uncounted",
    "refund-under-new-number",
    "tasks-beside-commit",
    "journal-beside-commit",
    "reversed-without-intent",
];

pub(crate) fn all() {
    let mut table = String::new();
    let mut missed = vec![];
    for bug in BUGS {
        match hunt(bug) {
            Some((seed, violation)) => {
                let what: String = violation.what.chars().take(90).collect();
                let _ = writeln!(table, "{bug:28} {seed:>5}  {:13} {what}", violation.rule);
            }
            None => missed.push(bug),
        }
    }
    eprintln!("planted bug                  seeds  caught by\n{table}");
    assert!(missed.is_empty(), "{MOST} histories did not show {missed:?}");
}

/// The first seed that shows it, and what it shows.
fn hunt(bug: &'static str) -> Option<(u64, Violation)> {
    let next = AtomicU64::new(1);
    let caught = AtomicU64::new(MOST + 1);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        plant(bug);
        let metrics = Arc::new(Metrics::new());
        let mut first = None;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= caught.load(Ordering::Relaxed) {
                return first;
            }
            if let Some(violation) = history(seed, false, &metrics).violation {
                caught.fetch_min(seed, Ordering::Relaxed);
                first.get_or_insert((seed, violation));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().filter_map(|it| it.join().expect("panics are caught"));
        found.min_by_key(|it| it.0)
    })
}
