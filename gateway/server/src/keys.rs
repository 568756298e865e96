//! Keeps an account's platform keys fresh: fetched at the start, twice a day, and when a message
//! names a key we do not have.

use std::sync::Arc;
use std::time::Duration;

use paymux_channel::{Plugin, Settings};
use paymux_engine::Gateway;
use paymux_engine::snapshot::Account;
use paymux_store::Store;
use tokio_util::sync::CancellationToken;

use crate::app::certificates::show_learned;

/// New certificates appear well before the old ones end.
const FRESH: Duration = Duration::from_secs(12 * 3600);
/// A forger may name any key; the channel must not hear of each.
const RARELY: Duration = Duration::from_secs(60);

pub(crate) struct KeyKeeper<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) account: Arc<Account>,
    pub(crate) plugin: &'static dyn Plugin,
    pub(crate) settings: Settings,
    pub(crate) stop: CancellationToken,
}

impl<S: Store> KeyKeeper<S> {
    pub(crate) async fn run(self) {
        loop {
            let pause = if self.refresh().await { FRESH } else { RARELY };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                () = self.wanted() => {}
            }
        }
    }

    async fn wanted(&self) {
        tokio::time::sleep(RARELY).await;
        self.account.keys_wanted.heard().await;
    }

    /// Opens the channel anew with what was fetched; a failure takes no key away.
    async fn refresh(&self) -> bool {
        let name = self.account.id.as_str();
        let serial = self.account.keys_wanted.take();
        let keys = match self.gateway.fetch_keys(&self.account, serial).await {
            Ok(keys) if !keys.is_empty() => keys,
            Ok(_) => {
                tracing::info!(account = name, "platform_keys.none");
                return true;
            }
            Err(error) => {
                tracing::warn!(account = name, %error, "platform_keys.not_fetched");
                return false;
            }
        };
        match self.plugin.open(&self.settings, &keys) {
            Ok(channel) => {
                let serials: Vec<_> = keys.iter().map(|it| it.serial.as_str()).collect();
                tracing::info!(account = name, ?serials, "platform_keys.fetched");
                self.account.learn(channel, Arc::new(keys));
                show_learned(&self.gateway.metrics, &self.account);
                true
            }
            Err(errors) => {
                tracing::error!(account = name, ?errors, "platform_keys.refused");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
