//! What nobody can read of settlements.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, VoucherNo};
use paymux_store::{OpenSettlements, Read, Settlements};

use super::{Broken, gone};

impl Settlements for Broken {
    async fn settlement(&self, _: &VoucherNo) -> Read<Option<Settlement>> {
        Err(gone())
    }

    async fn latest_settlement(&self, _: &MerchantId, _: Currency) -> Read<Option<Settlement>> {
        Err(gone())
    }

    async fn settlements(
        &self,
        _: Option<&MerchantId>,
        _: Option<&VoucherNo>,
        _: usize,
    ) -> Read<Vec<Settlement>> {
        Err(gone())
    }

    async fn open_settlements(&self, _: &MerchantId, _: usize) -> Read<Vec<Settlement>> {
        Err(gone())
    }

    async fn unbooked(&self, _: usize) -> Read<Vec<PaymentId>> {
        Err(gone())
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        Err(gone())
    }
}
