//! What is read of settlements, uncounted.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, VoucherNo};
use paymux_store::{OpenSettlements, Read, Settlements, Store};

use super::Counting;

impl<S: Store> Settlements for Counting<S> {
    async fn settlement(&self, number: &VoucherNo) -> Read<Option<Settlement>> {
        self.inner.settlement(number).await
    }

    async fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> Read<Option<Settlement>> {
        self.inner.latest_settlement(merchant, currency).await
    }

    async fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> Read<Vec<Settlement>> {
        self.inner.settlements(merchant, before, limit).await
    }

    async fn open_settlements(&self, merchant: &MerchantId, limit: usize) -> Read<Vec<Settlement>> {
        self.inner.open_settlements(merchant, limit).await
    }

    async fn unbooked(&self, limit: usize) -> Read<Vec<PaymentId>> {
        self.inner.unbooked(limit).await
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        self.inner.count_open_settlements().await
    }
}
