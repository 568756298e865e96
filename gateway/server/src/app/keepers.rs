//! Which accounts have their platform keys kept.

use std::sync::Arc;

use paymux_engine::Gateway;
use paymux_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::keys::KeyKeeper;
use crate::registry;
use crate::settings::Settings;

/// Accounts whose channel publishes its keys have them fetched.
pub(super) fn keep_keys<S: Store>(
    settings: &Settings,
    gateway: &Gateway<S>,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) {
    for (id, account) in &gateway.snapshot.load().accounts {
        let plugin = registry::plugin(&account.kind);
        let (Some(plugin), Some(own)) = (plugin, settings.accounts.get(id)) else { continue };
        if account.channel().capabilities().fetches_platform_keys {
            let keeper = KeyKeeper {
                gateway: gateway.clone(),
                account: Arc::clone(account),
                plugin,
                settings: own.settings.clone(),
                stop: stop.clone(),
            };
            tasks.spawn(keeper.run());
        }
    }
}
