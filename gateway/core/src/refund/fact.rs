//! News of a refund, as a channel tells it.

use crate::money::Money;
use crate::payment::Refusal;
use crate::time::Timestamp;

/// What became true of a refund, however we heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundFact {
    Accepted {
        channel_refund_no: Option<String>,
    },
    Succeeded {
        amount: Money,
        channel_refund_no: Option<String>,
        at: Timestamp,
    },
    /// The answer to one send: that one took nothing.
    Refused(Refusal),
    /// The channel's record of the refund ended without a payout.
    Closed(Refusal),
    Abnormal(Refusal),
}

impl RefundFact {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "refund.accepted",
            Self::Succeeded { .. } => "refund.succeeded",
            Self::Refused(_) => "refund.refused",
            Self::Closed(_) => "refund.closed",
            Self::Abnormal(_) => "refund.abnormal",
        }
    }
}
