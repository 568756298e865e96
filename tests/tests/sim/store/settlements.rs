//! Settlements, read over a store that fails.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, VoucherNo};
use paymux_store::{OpenSettlements, Read, Settlements};

use super::SimStore;

impl Settlements for SimStore {
    async fn settlement(&self, number: &VoucherNo) -> Read<Option<Settlement>> {
        self.read(self.inner.settlement(number)).await
    }

    async fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> Read<Option<Settlement>> {
        self.read(self.inner.latest_settlement(merchant, currency)).await
    }

    async fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> Read<Vec<Settlement>> {
        self.read(self.inner.settlements(merchant, before, limit)).await
    }

    async fn open_settlements(&self, merchant: &MerchantId, limit: usize) -> Read<Vec<Settlement>> {
        self.read(self.inner.open_settlements(merchant, limit)).await
    }

    async fn unbooked(&self, limit: usize) -> Read<Vec<PaymentId>> {
        self.read(self.inner.unbooked(limit)).await
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        self.read(self.inner.count_open_settlements()).await
    }
}
