//! What can happen to a settlement, and what follows from it.

use super::Settlement;
use crate::id::TransferId;
use crate::ledger::{Exit, Posting};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The draft is agreed to: from now on its money is nobody else's.
    Confirmed {
        by: Option<String>,
    },
    Discarded,
    /// A transfer begins to pay it.
    PayoutBegun {
        transfer: TransferId,
    },
    Paid {
        exit: Exit,
        at: Timestamp,
        reference: Option<String>,
        /// The transfer that did, be it not the last that was begun.
        transfer: Option<TransferId>,
    },
    /// It was definitely not paid.
    Failed {
        reason: String,
    },
    /// It was paid, and came back.
    Returned {
        reason: String,
    },
    /// Given up before it was paid.
    Cancelled,
}

impl Event {
    /// The event's name in logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Confirmed { .. } => "settlement.confirmed",
            Self::Discarded => "settlement.discarded",
            Self::PayoutBegun { .. } => "settlement.payout_begun",
            Self::Paid { .. } => "settlement.paid",
            Self::Failed { .. } => "settlement.failed",
            Self::Returned { .. } => "settlement.returned",
            Self::Cancelled => "settlement.cancelled",
        }
    }

    /// What its merchant is told of it: nothing of drafts.
    pub const fn notice(&self) -> Option<Notice> {
        Some(match self {
            Self::Confirmed { .. } => Notice::Confirmed,
            Self::Paid { .. } => Notice::Paid,
            Self::Failed { .. } => Notice::Failed,
            Self::Returned { .. } => Notice::Returned,
            Self::Cancelled => Notice::Cancelled,
            Self::Discarded | Self::PayoutBegun { .. } => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Confirmed,
    Paid,
    Failed,
    Returned,
    Cancelled,
}

impl Notice {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 5] = [
        "settlement.confirmed",
        "settlement.paid",
        "settlement.failed",
        "settlement.returned",
        "settlement.cancelled",
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "settlement.confirmed",
            Self::Paid => "settlement.paid",
            Self::Failed => "settlement.failed",
            Self::Returned => "settlement.returned",
            Self::Cancelled => "settlement.cancelled",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    Applied {
        next: Box<Settlement>,
        journal: Vec<Posting>,
        /// To be told under the number that `next` counts.
        notice: Option<Notice>,
    },
    /// The event says what is already known.
    Redundant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the settlement before it is still a draft")]
    Undecided,
    #[error("the period is closed: a settlement has what was booked in it")]
    PeriodClosed,
    #[error("the settlement cannot do that in its state")]
    WrongState,
    #[error("above the threshold, whoever agreed to it does not also see to its payment")]
    SamePerson,
    #[error("there are too many settlements")]
    TooMany,
}
