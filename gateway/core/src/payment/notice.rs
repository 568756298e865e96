//! What merchants are told of a payment.

use crate::id::{AttemptId, RefundId, SplitId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    PaymentSucceeded,
    PaymentFailed,
    PaymentClosed,
    /// Money after `closed` or `failed` was told.
    PaymentLatePaid {
        attempt: AttemptId,
    },
    /// Money over a second attempt.
    PaymentDuplicatePaid {
        attempt: AttemptId,
    },
    RefundSucceeded {
        refund: RefundId,
    },
    RefundFailed {
        refund: RefundId,
    },
    /// The channel holds the refund until a person acts.
    RefundAbnormal {
        refund: RefundId,
    },
    /// Every line has ended, and somebody has their share.
    SplitSucceeded {
        split: SplitId,
    },
    /// It ended, and nobody got anything.
    SplitClosed {
        split: SplitId,
    },
    /// The rest is the merchant's own.
    SplitFinished {
        split: SplitId,
    },
    /// A receiver's share came back.
    SplitReturned {
        split: SplitId,
    },
}

impl Notice {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 12] = [
        "payment.succeeded",
        "payment.failed",
        "payment.closed",
        "payment.late_paid",
        "payment.duplicate_paid",
        "refund.succeeded",
        "refund.failed",
        "refund.abnormal",
        "split.succeeded",
        "split.closed",
        "split.finished",
        "split.returned",
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::PaymentSucceeded => "payment.succeeded",
            Self::PaymentFailed => "payment.failed",
            Self::PaymentClosed => "payment.closed",
            Self::PaymentLatePaid { .. } => "payment.late_paid",
            Self::PaymentDuplicatePaid { .. } => "payment.duplicate_paid",
            Self::RefundSucceeded { .. } => "refund.succeeded",
            Self::RefundFailed { .. } => "refund.failed",
            Self::RefundAbnormal { .. } => "refund.abnormal",
            Self::SplitSucceeded { .. } => "split.succeeded",
            Self::SplitClosed { .. } => "split.closed",
            Self::SplitFinished { .. } => "split.finished",
            Self::SplitReturned { .. } => "split.returned",
        }
    }

    /// The refund it is about.
    pub const fn refund(self) -> Option<RefundId> {
        match self {
            Self::RefundSucceeded { refund }
            | Self::RefundFailed { refund }
            | Self::RefundAbnormal { refund } => Some(refund),
            Self::PaymentSucceeded | Self::PaymentFailed | Self::PaymentClosed => None,
            Self::PaymentLatePaid { .. } | Self::PaymentDuplicatePaid { .. } => None,
            Self::SplitSucceeded { .. } | Self::SplitClosed { .. } => None,
            Self::SplitFinished { .. } | Self::SplitReturned { .. } => None,
        }
    }

    /// The split it is about.
    pub const fn split(self) -> Option<SplitId> {
        match self {
            Self::SplitSucceeded { split }
            | Self::SplitClosed { split }
            | Self::SplitFinished { split }
            | Self::SplitReturned { split } => Some(split),
            Self::PaymentSucceeded | Self::PaymentFailed | Self::PaymentClosed => None,
            Self::PaymentLatePaid { .. } | Self::PaymentDuplicatePaid { .. } => None,
            Self::RefundSucceeded { .. } | Self::RefundFailed { .. } => None,
            Self::RefundAbnormal { .. } => None,
        }
    }

    /// The attempt by which money came that should not have.
    pub const fn surplus(self) -> Option<AttemptId> {
        match self {
            Self::PaymentLatePaid { attempt } | Self::PaymentDuplicatePaid { attempt } => {
                Some(attempt)
            }
            Self::PaymentSucceeded | Self::PaymentFailed | Self::PaymentClosed => None,
            Self::RefundSucceeded { .. } | Self::RefundFailed { .. } => None,
            Self::RefundAbnormal { .. } => None,
            Self::SplitSucceeded { .. } | Self::SplitClosed { .. } => None,
            Self::SplitFinished { .. } | Self::SplitReturned { .. } => None,
        }
    }
}
