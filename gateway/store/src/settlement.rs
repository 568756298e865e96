//! Settlements: written over their versions, beside the money that their steps move.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, Timestamp, VoucherNo};

use crate::{CommitError, Read};

/// What is known of merchants' settlements.
pub trait Settlements {
    fn settlement(
        &self,
        number: &VoucherNo,
    ) -> impl Future<Output = Read<Option<Settlement>>> + Send;

    /// The one that the next one begins behind.
    fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> impl Future<Output = Read<Option<Settlement>>> + Send;

    /// A merchant's settlements, or all, newest first, those before `before` alone.
    fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Settlement>>> + Send;

    /// A merchant's settlements that are not over, oldest first.
    fn open_settlements(
        &self,
        merchant: &MerchantId,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Settlement>>> + Send;

    /// Payments whose money came and is in no book: of a store from before there was a ledger.
    fn unbooked(&self, limit: usize) -> impl Future<Output = Read<Vec<PaymentId>>> + Send;

    /// What is not over yet in numbers, by the name of its state.
    fn count_open_settlements(&self) -> impl Future<Output = Read<Vec<OpenSettlements>>> + Send;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSettlements {
    pub state: String,
    pub count: u64,
    /// When the oldest of them was made.
    pub since: Timestamp,
}

/// Over the version that was read: zero for a new one. The next version is higher.
#[derive(Clone, Debug)]
pub struct SettlementWrite {
    pub expected: u64,
    pub next: Settlement,
}

/// The last wall: what no driver writes, whatever the engine says.
pub(crate) fn check(write: &SettlementWrite) -> Result<(), CommitError> {
    let refuse = |what: &str| CommitError::Constraint(what.into());
    write.next.check().map_err(refuse)?;
    // A version that stood still would let two writers both "come first".
    let grows = write.next.version > write.expected && i64::try_from(write.next.version).is_ok();
    if grows { Ok(()) } else { Err(refuse("the version does not grow")) }
}
