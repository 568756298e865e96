//! Wants each merchant's settlements when a period of it is over.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::{MerchantId, Timestamp};
use paymux_engine::Gateway;
use paymux_store::Store;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// A merchant that is new, or whose terms are, is noticed within this; after that its task knows
/// when to look.
const EVERY: Duration = Duration::from_secs(30);

pub(crate) async fn want<S: Store>(gateway: Gateway<S>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut wanted = BTreeMap::<MerchantId, Timestamp>::new();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        for (id, cutoff) in periods(&gateway) {
            if wanted.get(&id) == Some(&cutoff) {
                continue;
            }
            match gateway.want_settlements(&id).await {
                Ok(()) => drop(wanted.insert(id, cutoff)),
                Err(error) => {
                    tracing::warn!(merchant = id.as_str(), error, "settlement.not_wanted");
                }
            }
        }
    }
}

/// Whose settlements are drafted without being asked for, and up to when.
fn periods<S: Store>(gateway: &Gateway<S>) -> Vec<(MerchantId, Timestamp)> {
    let (snapshot, now) = (gateway.snapshot.load(), gateway.now());
    let period = |(id, merchant): (&MerchantId, &std::sync::Arc<_>)| {
        let merchant: &paymux_engine::snapshot::Merchant = merchant;
        let terms = merchant.settlement.as_ref()?;
        Some((id.clone(), terms.calendar.cutoff(terms.period, now)?))
    };
    snapshot.merchants.iter().filter_map(period).collect()
}
