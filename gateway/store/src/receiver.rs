//! Who may get shares of a merchant's payments, as each account's channel was told.

use paymux_core::split::Receiver;
use paymux_core::{AccountId, MerchantId, OrderNo, Timestamp};

use crate::Read;

/// Written over whatever was there: it says what the channel said last, and moves no money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub merchant: MerchantId,
    /// The merchant's own name for the receiver.
    pub receiver_no: OrderNo,
    /// The account to whose payments it is bound.
    pub account: AccountId,
    pub receiver: Receiver,
    /// What it is to the merchant, in a word.
    pub relation: String,
    /// Whether it may get shares now.
    pub bound: bool,
    pub changed_at: Timestamp,
}

pub trait Receivers {
    fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> impl Future<Output = Read<Option<Binding>>> + Send;

    /// Whether the same receiver is bound to the same account under another name as well, of this
    /// merchant or of another.
    fn bound_elsewhere(&self, binding: &Binding) -> impl Future<Output = Read<bool>> + Send;

    /// A merchant's receivers by their numbers, those after `after` alone.
    fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Binding>>> + Send;
}
