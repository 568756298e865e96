//! Many seeds on all cores; the failing one is printed with the command that replays it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use paymux_engine::metrics::Metrics;

use super::run::{Told, run};
use super::scene::Violation;

const SEEDS: u64 = 2_000;

#[expect(clippy::disallowed_methods, reason = "how many seeds, and which, is said from outside")]
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

type Stats = BTreeMap<&'static str, u64>;

pub(crate) fn all() {
    if let Some(seed) = variable("PAYMUX_SIM_SEED") {
        return replay(seed);
    }
    let first = variable("PAYMUX_SIM_FIRST").unwrap_or(1);
    let seeds = variable("PAYMUX_SIM_SEEDS").unwrap_or(SEEDS);
    let (stats, failed) = on_all_cores(first..first + seeds);
    eprintln!("{seeds} histories: {}", list(&stats));
    if let Some(seed) = failed {
        replay(seed);
        panic!("seed {seed} fails, and does not when it is replayed: the simulation is not pure");
    }
    if seeds >= SEEDS {
        is_wide(&stats, seeds);
    }
}

fn on_all_cores(seeds: std::ops::Range<u64>) -> (Stats, Option<u64>) {
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        let (metrics, mut stats, mut failed) = (Arc::new(Metrics::new()), Stats::new(), None);
        while failed.is_none() && !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let told = history(seed, false, &metrics);
            told.stats.iter().for_each(|(what, times)| *stats.entry(what).or_default() += times);
            failed = told.violation.map(|_| seed);
        }
        stop.fetch_or(failed.is_some(), Ordering::Relaxed);
        (stats, failed)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let (mut stats, mut failed) = (Stats::new(), None);
        for worker in workers {
            let (theirs, seed) = worker.join().expect("panics are caught");
            theirs.into_iter().for_each(|(what, times)| *stats.entry(what).or_default() += times);
            failed = [failed, seed].into_iter().flatten().min();
        }
        (stats, failed)
    })
}

/// A panic inside is a violation, too.
pub(crate) fn history(seed: u64, traced: bool, metrics: &Arc<Metrics>) -> Told {
    catch_unwind(AssertUnwindSafe(|| run(seed, traced, metrics))).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().cloned();
        let what = what.unwrap_or_else(|| "a panic".into());
        let violation = Some(Violation { rule: "panic", what });
        Told { violation, stats: Stats::new(), trace: vec![] }
    })
}

fn replay(seed: u64) {
    let told = history(seed, true, &Arc::new(Metrics::new()));
    for line in &told.trace {
        eprintln!("{line}");
    }
    if let Some(violation) = told.violation {
        let again = format!("PAYMUX_SIM_SEED={seed} cargo test -p paymux-tests --test sim");
        panic!("seed {seed} breaks {violation}\nreplay: {again}");
    }
}

fn list(stats: &Stats) -> String {
    stats.iter().fold(String::new(), |mut text, (what, times)| {
        let _ = write!(text, "\n  {what}: {times}");
        text
    })
}

/// What 2,000 histories reach at least: about a third of what they do.
const WIDE: [(&str, u64); 36] = [
    ("payments answered", 5_000),
    ("payment.succeeded", 3_000),
    ("payment.closed", 1_500),
    ("payment.failed", 150),
    ("payment.late_paid", 200),
    ("payment.duplicate_paid", 6),
    ("refund.succeeded", 2_000),
    ("refund.failed", 200),
    ("refund.abnormal", 80),
    ("refund-exceeds-paid", 2_000),
    ("refund-no-taken", 150),
    ("order-no-taken", 300),
    ("idempotency-key-reused", 600),
    ("answers replayed", 1_200),
    ("commits", 80_000),
    ("stale commits", 350),
    ("fenced commits", 2_000),
    ("unavailable commits", 2_000),
    ("unknown commits, written", 1_800),
    ("unknown commits, lost", 1_800),
    ("crashes", 3_000),
    ("cancelled", 2_000),
    ("frozen", 3_500),
    ("clock jumps", 500),
    ("never sent", 4_000),
    ("requests late", 2_000),
    ("answers lost", 2_500),
    ("answers broken", 2_000),
    ("quarantined", 600),
    ("forged", 350),
    ("stray payments", 600),
    ("undone paid", 15),
    ("undone unpaid", 100),
    ("other attempts", 100),
    ("choices", 500),
    ("deliveries exhausted", 4_000),
];

/// A simulation that no longer reaches something proves nothing about it.
fn is_wide(stats: &Stats, seeds: u64) {
    for (what, least) in WIDE {
        let (times, least) = (stats.get(what).copied().unwrap_or(0), least * seeds / SEEDS);
        assert!(times >= least, "{seeds} histories reach {what:?} {times} times, not {least}");
    }
}

/// Nothing but the seed decides: no clock, no order of hashing, no thread.
pub(crate) fn repeat(seeds: std::ops::Range<u64>) {
    let metrics = Arc::new(Metrics::new());
    for seed in seeds {
        let [first, second] = [(); 2].map(|()| history(seed, true, &metrics).trace);
        let differ = first.iter().zip(&second).find(|(a, b)| a != b);
        assert_eq!(differ, None, "seed {seed} is two histories");
        assert_eq!(first.len(), second.len(), "seed {seed} ends twice");
        assert!(first.len() > 50, "seed {seed} is hardly a history");
    }
}
