//! What is done for an account beside its payments, from the reload that brings it to the reload
//! that takes it away: its platform keys are kept fresh, its channel is probed, its bills wanted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use paymux_core::AccountId;
use paymux_engine::Gateway;
use paymux_engine::snapshot::{Account, Snapshot};
use paymux_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::certificates;
use crate::bills;
use crate::keys::KeyKeeper;
use crate::outbound::States;
use crate::probe::Prober;
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

    /// Keeps these accounts and no others.
    pub(super) fn keep(&self, settings: &Settings, states: &States, snapshot: &Snapshot) {
        certificates::show(&self.gateway.metrics, settings, snapshot);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|id, it| {
            let goes_on = snapshot.account(id).is_some_and(|new| Arc::ptr_eq(new, &it.account));
            if !goes_on {
                it.stop.cancel();
            }
            goes_on
        });
        for (id, account) in &snapshot.accounts {
            if !kept.contains_key(id) {
                let it = Kept { account: Arc::clone(account), stop: self.stop.child_token() };
                if let Some(keeper) = self.keeper(settings, &it) {
                    self.tasks.spawn(keeper.run());
                }
                if let Some(prober) = self.prober(settings, states, &it) {
                    self.tasks.spawn(prober.run());
                }
                if settings.accounts.get(id).is_some_and(|it| it.bills) {
                    let (gateway, account) = (self.gateway.clone(), Arc::clone(account));
                    self.tasks.spawn(bills::want(gateway, account, it.stop.clone()));
                }
                kept.insert(id.clone(), it);
            }
        }
    }

    /// For accounts whose channel publishes its keys.
    fn keeper(&self, settings: &Settings, kept: &Kept) -> Option<KeyKeeper<S>> {
        let Kept { account, stop } = kept;
        let plugin = registry::plugin(&account.kind)?;
        let own = settings.accounts.get(&account.id)?;
        account.channel().capabilities().fetches_platform_keys.then(|| KeyKeeper {
            gateway: self.gateway.clone(),
            account: Arc::clone(account),
            plugin,
            settings: own.settings.clone(),
            stop: stop.clone(),
        })
    }

    /// For accounts that take payments; of others nobody needs to know before their tasks do.
    fn prober(&self, settings: &Settings, states: &States, kept: &Kept) -> Option<Prober<S>> {
        let Kept { account, stop } = kept;
        settings.accounts.get(&account.id).filter(|it| !it.retired)?;
        let (gateway, account, stop) = (self.gateway.clone(), Arc::clone(account), stop.clone());
        let (state, pause) = (states.known(&account.id)?, settings.outbound.breaker_pause);
        Some(Prober { gateway, account, state, pause, stop })
    }
}
