//! Asks an account's channel whether it works again, when its breaker's pause is over and before a
//! payment has to find out.

use std::sync::Arc;
use std::time::Duration;

use paymux_engine::Gateway;
use paymux_engine::snapshot::Account;
use paymux_store::Store;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::outbound::State;

pub(crate) struct Prober<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) account: Arc<Account>,
    /// The account's own.
    pub(crate) state: Arc<State>,
    /// The breaker's: one question in each at most.
    pub(crate) pause: Duration,
    pub(crate) stop: CancellationToken,
}

impl<S: Store> Prober<S> {
    pub(crate) async fn run(self) {
        self.stop.run_until_cancelled(self.probe_when_due()).await;
    }

    async fn probe_when_due(&self) {
        let (mut trials, mut rested) = (self.state.trials(), Instant::now());
        loop {
            let Some(trial) = *trials.borrow_and_update() else {
                let _ = trials.changed().await;
                continue;
            };
            tokio::select! {
                biased;
                // Somebody else's call has moved it.
                _ = trials.changed() => {}
                () = sleep_until(trial.max(rested)) => {
                    rested = Instant::now() + self.pause;
                    self.gateway.probe(&self.account).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
