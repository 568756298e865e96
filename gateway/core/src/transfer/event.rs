//! What can happen to a transfer, and what follows from it.

use super::Transfer;
use crate::money::Money;
use crate::payment::Refusal;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody at the gateway allowed it, or did not.
    Judged { by: String, answer: Answer },
    /// Written before a request leaves, the first or a repeat.
    Sent,
    /// The request that was written last provably never left.
    Unsent,
    /// The merchant wants it back.
    CancelRequested,
    /// News of the channel, however we heard of it.
    Told(Fact),
    /// The channel was asked, and knows no such transfer. What was sent after the question began
    /// was not asked about.
    Unfound { asked: Timestamp },
    /// It was asked, and told nothing.
    Unheard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The channel has it.
    Accepted {
        channel_transfer_no: Option<String>,
    },
    /// Its payee has to say yes.
    Waiting {
        channel_transfer_no: Option<String>,
        package: Option<String>,
    },
    Succeeded {
        amount: Money,
        channel_transfer_no: Option<String>,
        at: Timestamp,
    },
    /// The answer to one send: that one took nothing.
    Refused(Refusal),
    /// The channel's record of it ended, and nobody was paid.
    Closed(Refusal),
    /// It was paid, and came back.
    Returned(Refusal),
}

impl Event {
    /// The event's name in the timeline and in logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Judged { answer: Answer::Yes, .. } => "transfer.approved",
            Self::Judged { answer: Answer::No, .. } => "transfer.declined",
            Self::Sent => "transfer.sent",
            Self::Unsent => "transfer.unsent",
            Self::CancelRequested => "transfer.cancel_requested",
            Self::Told(fact) => fact.name(),
            Self::Unfound { .. } => "transfer.unfound",
            Self::Unheard => "transfer.unheard",
        }
    }
}

impl Fact {
    /// The channel has it, and it has not ended.
    pub(super) const fn is_under_way(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Waiting { .. } => true,
            Self::Succeeded { .. } | Self::Refused(_) => false,
            Self::Closed(_) | Self::Returned(_) => false,
        }
    }

    /// Told of what the channel has, or had.
    pub(super) const fn is_of_a_record(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "transfer.accepted",
            Self::Waiting { .. } => "transfer.awaiting_payee",
            Self::Succeeded { .. } => "transfer.succeeded",
            Self::Refused(_) => "transfer.refused",
            Self::Closed(_) => "transfer.closed",
            Self::Returned(_) => "transfer.returned",
        }
    }
}

/// What must now be done. Becomes rows in the same commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Walk it to its definite end, from `due` on.
    Walk { due: Timestamp },
    /// Tell the merchant: one event, and a delivery to each endpoint.
    Tell { number: u16, notice: Notice },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    AwaitingPayee,
    Succeeded,
    Failed,
    Returned,
    Abnormal,
}

impl Notice {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 5] = [
        "transfer.awaiting_payee",
        "transfer.succeeded",
        "transfer.failed",
        "transfer.returned",
        "transfer.abnormal",
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingPayee => "transfer.awaiting_payee",
            Self::Succeeded => "transfer.succeeded",
            Self::Failed => "transfer.failed",
            Self::Returned => "transfer.returned",
            Self::Abnormal => "transfer.abnormal",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    Applied {
        next: Box<Transfer>,
        effects: Vec<Effect>,
    },
    /// The event says what is already known.
    Redundant,
    /// A wish that cannot be granted; nothing changed and nobody is at fault.
    Rejected(Rejection),
}

/// Why a wish is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the transfer waits for nobody's approval")]
    NotHeld,
    #[error("the transfer has ended")]
    Ended,
}
