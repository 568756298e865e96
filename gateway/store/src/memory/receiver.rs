//! Receivers in memory.

use paymux_core::{MerchantId, OrderNo};

use super::MemoryStore;
use crate::{Binding, Read, Receivers};

impl Receivers for MemoryStore {
    async fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> Read<Option<Binding>> {
        let key = (merchant.clone(), receiver_no.clone());
        Ok(self.lock().receivers.get(&key).cloned())
    }

    async fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> Read<Vec<Binding>> {
        let tables = self.lock();
        let theirs = tables.receivers.values().filter(|it| it.merchant == *merchant);
        let behind = theirs.filter(|it| after.is_none_or(|after| it.receiver_no > *after));
        Ok(behind.take(limit).cloned().collect())
    }
}
