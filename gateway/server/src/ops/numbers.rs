//! What metrics say of the store: asked whenever somebody looks, so they are of now.

use paymux_channel::china;
use paymux_core::reconcile::DifferenceKind;
use paymux_core::route::Day;
use paymux_core::{AccountId, Timestamp};
use paymux_engine::Gateway;
use paymux_engine::metrics::Metrics;
use paymux_store::{Backlog, OpenSettlements, Outstanding, Read, Store};

use super::STORE_PATIENCE;

/// Where the store does not answer in time, the numbers stay as they were.
pub(super) async fn show<S: Store>(gateway: &Gateway<S>) {
    let now = gateway.now();
    let both = async {
        let store = &gateway.store;
        let differences = async { tokio::join!(store.outstanding(), store.reconciled_days()) };
        tokio::join!(store.backlog(now), store.size(), differences)
    };
    let Ok((backlog, size, (outstanding, days))) = tokio::time::timeout(STORE_PATIENCE, both).await
    else {
        tracing::warn!("store.not_counted");
        return;
    };
    if let Some(backlog) = known(backlog) {
        tell(&gateway.metrics, &backlog, now);
    }
    if let Some((outstanding, days)) = known(outstanding).zip(known(days)) {
        reconciled(gateway, &outstanding, &days);
    }
    let open = tokio::time::timeout(STORE_PATIENCE, gateway.store.count_open_settlements()).await;
    if let Some(open) = open.ok().and_then(known) {
        settlements(&gateway.metrics, &open, now);
    }
    if let Some(bytes) = known(size).flatten() {
        gateway.metrics.store_bytes.set(number(bytes));
    }
}

/// Of accounts that are here still: of others nobody waits for a bill.
fn reconciled<S: Store>(
    gateway: &Gateway<S>,
    outstanding: &[Outstanding],
    days: &[(AccountId, Day)],
) {
    let (metrics, snapshot) = (&gateway.metrics, gateway.snapshot.load());
    let (differences, until) =
        (&metrics.reconciliation_differences, &metrics.reconciled_until_seconds);
    until.reset();
    for (account, day) in days.iter().filter(|it| snapshot.account(&it.0).is_some()) {
        let end = china::midnight(Day(day.0.saturating_add(1)));
        until.with_label_values(&[account.as_str()]).set(end.as_secs());
        for kind in DifferenceKind::ALL {
            differences.with_label_values(&[account.as_str(), kind.name()]).set(0);
        }
    }
    for it in outstanding {
        let kind = if it.waiting { DifferenceKind::CrossDay } else { it.kind };
        differences.with_label_values(&[it.account.as_str(), kind.name()]).set(0);
    }
    for it in outstanding {
        let kind = if it.waiting { DifferenceKind::CrossDay } else { it.kind };
        differences.with_label_values(&[it.account.as_str(), kind.name()]).add(number(it.count));
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

/// A state in which there is none any more is told, too.
fn settlements(metrics: &Metrics, open: &[OpenSettlements], now: Timestamp) {
    for state in ["draft", "confirmed", "paying", "failed"] {
        let found = open.iter().find(|it| it.state == state);
        let (count, age) = found.map_or((0, 0), |it| (it.count, now.since(it.since).as_secs()));
        metrics.settlements_open.with_label_values(&[state]).set(number(count));
        metrics.settlements_oldest_seconds.with_label_values(&[state]).set(number(age));
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
