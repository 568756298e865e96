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

    async fn bound_elsewhere(&self, binding: &Binding) -> Read<bool> {
        let same = |it: &&Binding| it.account == binding.account && it.receiver == binding.receiver;
        let name = (&binding.merchant, &binding.receiver_no);
        let tables = self.lock();
        let mut bound = tables.receivers.values().filter(same).filter(|it| it.bound);
        Ok(bound.any(|it| (&it.merchant, &it.receiver_no) != name))
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
