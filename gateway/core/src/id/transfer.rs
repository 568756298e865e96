//! What a transfer is called, here and at its channel.

use std::fmt;
use std::str::FromStr;

use super::{IdError, MerchantId, PaymentId};
use crate::time::Timestamp;

/// One transfer. Generated like a payment's id, and as unique among both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(PaymentId);

impl TransferId {
    pub fn new(at: Timestamp, merchant: &MerchantId, entropy: u128) -> Self {
        Self(PaymentId::new(at, merchant, entropy))
    }

    /// Under which its events, deliveries and timeline are kept, as a payment's are under its id.
    pub const fn root(self) -> PaymentId {
        self.0
    }

    pub const fn of_root(root: PaymentId) -> Self {
        Self(root)
    }

    /// Its one number at the channel, 27 of `[0-9A-Z]`: `out_biz_no`, `out_bill_no` or
    /// `partner_trade_no`. No attempt and no refund has one of this length.
    pub fn out_bill_no(self) -> String {
        format!("{}T", self.0.digits())
    }

    pub fn from_out_bill_no(text: &str) -> Result<Self, IdError> {
        let root = text.strip_suffix('T').and_then(PaymentId::from_digits);
        root.map(Self).ok_or(IdError("out_bill_no"))
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trf_{}", self.0.digits())
    }
}

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for TransferId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let root = text.strip_prefix("trf_").and_then(PaymentId::from_digits);
        root.map(Self).ok_or(IdError("transfer id"))
    }
}
