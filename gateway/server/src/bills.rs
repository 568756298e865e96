//! Wants each day's bill of an account, and throws away files that are old.

use std::sync::Arc;
use std::time::Duration;

use paymux_channel::china;
use paymux_core::route::Day;
use paymux_engine::Gateway;
use paymux_engine::snapshot::Account;
use paymux_store::Store;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// A day that began is noticed within this.
const EVERY: Duration = Duration::from_secs(600);
/// Longer than WeChat Pay gives out its own.
const KEPT_DAYS: i32 = 100;

pub(crate) async fn want<S: Store>(
    gateway: Gateway<S>,
    account: Arc<Account>,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        gateway.want_bills(&account).await;
        let before = Day(china::day(gateway.now()).0 - KEPT_DAYS);
        let archive = gateway.archive.clone();
        let pruned = tokio::task::spawn_blocking(move || archive.prune(before)).await;
        if let Ok(Err(error)) = pruned {
            tracing::warn!(%error, "bills.not_pruned");
        }
    }
}
