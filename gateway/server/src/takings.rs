//! Keeps what routing knows of the accounts' days fresh.

use std::time::Duration;

use paymux_engine::Gateway;
use paymux_store::Store;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// So long a cap may be passed by what other nodes dispatch meanwhile.
const REFRESH: Duration = Duration::from_secs(1);

pub(crate) async fn keep<S: Store>(gateway: Gateway<S>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => gateway.refresh_taken().await,
        }
    }
}
