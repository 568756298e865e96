//! Which accounts have their platform keys kept: one keeper for each, from the reload that brings
//! it to the reload that takes it away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use paymux_core::AccountId;
use paymux_engine::Gateway;
use paymux_engine::snapshot::{Account, Snapshot};
use paymux_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::keys::KeyKeeper;
use crate::registry;
use crate::settings::Settings;

pub(super) struct Keepers<S> {
    gateway: Gateway<S>,
    stop: CancellationToken,
    tasks: TaskTracker,
    kept: Mutex<BTreeMap<AccountId, Kept>>,
}

struct Kept {
    account: Arc<Account>,
    stop: CancellationToken,
}

impl<S: Store> Keepers<S> {
    pub(super) fn new(gateway: Gateway<S>, stop: CancellationToken, tasks: TaskTracker) -> Self {
        Self { gateway, stop, tasks, kept: Mutex::default() }
    }

    /// Keeps the keys of these accounts and of no others.
    pub(super) fn keep(&self, settings: &Settings, snapshot: &Snapshot) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|id, it| {
            let goes_on = snapshot.account(id).is_some_and(|new| Arc::ptr_eq(new, &it.account));
            if !goes_on {
                it.stop.cancel();
            }
            goes_on
        });
        for (id, account) in &snapshot.accounts {
            if !kept.contains_key(id)
                && let Some(keeper) = self.keeper(settings, account)
            {
                let stop = keeper.stop.clone();
                kept.insert(id.clone(), Kept { account: Arc::clone(account), stop });
                self.tasks.spawn(keeper.run());
            }
        }
    }

    /// For accounts whose channel publishes its keys.
    fn keeper(&self, settings: &Settings, account: &Arc<Account>) -> Option<KeyKeeper<S>> {
        let plugin = registry::plugin(&account.kind)?;
        let own = settings.accounts.get(&account.id)?;
        account.channel().capabilities().fetches_platform_keys.then(|| KeyKeeper {
            gateway: self.gateway.clone(),
            account: Arc::clone(account),
            plugin,
            settings: own.settings.clone(),
            stop: self.stop.child_token(),
        })
    }
}
