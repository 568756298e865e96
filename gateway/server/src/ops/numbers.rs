//! What metrics say of the store: asked whenever somebody looks, so they are of now.

use paymux_core::Timestamp;
use paymux_engine::Gateway;
use paymux_engine::metrics::Metrics;
use paymux_store::{Backlog, Read, Store};

use super::STORE_PATIENCE;

/// Where the store does not answer in time, the numbers stay as they were.
pub(super) async fn show<S: Store>(gateway: &Gateway<S>) {
    let now = gateway.now();
    let both = async { tokio::join!(gateway.store.backlog(now), gateway.store.size()) };
    let Ok((backlog, size)) = tokio::time::timeout(STORE_PATIENCE, both).await else {
        tracing::warn!("store.not_counted");
        return;
    };
    if let Some(backlog) = known(backlog) {
        tell(&gateway.metrics, &backlog, now);
    }
    if let Some(bytes) = known(size).flatten() {
        gateway.metrics.store_bytes.set(number(bytes));
    }
}

fn known<T>(answer: Read<T>) -> Option<T> {
    answer.inspect_err(|error| tracing::warn!(%error, "store.not_counted")).ok()
}

fn tell(metrics: &Metrics, backlog: &Backlog, now: Timestamp) {
    let age = |since: Option<Timestamp>| since.map_or(0.0, |it| now.since(it).as_secs_f64());
    metrics.tasks_open.set(number(backlog.tasks));
    metrics.tasks_due.set(number(backlog.due));
    metrics.outbox_lag_seconds.set(age(backlog.oldest_due));
    let untold = &backlog.untold;
    let states = [("due", untold.due), ("held", untold.held), ("exhausted", untold.exhausted)];
    for (state, waiting) in states {
        metrics.paid_but_undelivered.with_label_values(&[state]).set(number(waiting.count));
    }
    // What is given up grows old for ever; it is counted, and its age says nothing.
    let oldest = [untold.due.since, untold.held.since].into_iter().flatten().min();
    metrics.paid_but_undelivered_seconds.set(age(oldest));
    metrics.unknown_attempts.set(number(backlog.doubts.count));
    metrics.unknown_attempt_seconds.set(age(backlog.doubts.since));
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
