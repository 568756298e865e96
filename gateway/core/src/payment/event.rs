//! What can happen to a payment, and what follows from it.

use std::time::Duration;

use super::{Action, Door, Notice, PartNo, Payment, Receipt, Refusal, TillTimes, Way};
use crate::fee::Terms;
use crate::id::{AccountId, AttemptId, OrderNo, RefundId, RefundNo, SplitId};
use crate::money::Money;
use crate::refund::RefundFact;
use crate::split::{Fact, NewSplit};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Shown to a payer who has not chosen a way yet; ends by itself when time is up.
    Offered,
    /// Written before the request is sent.
    Dispatched {
        attempt: AttemptId,
        account: AccountId,
        way: Box<Way>,
        /// Of a request that takes the money itself.
        till: Option<TillTimes>,
        /// What the merchant pays for it: of the whole or of each part, or nothing.
        terms: Vec<Terms>,
    },
    /// Written before the same request is sent again under the same number.
    Resent { attempt: AttemptId },
    /// The channel took the order.
    Accepted { attempt: AttemptId, action: Action },
    /// No byte of one of the requests can have reached the channel.
    Unsent { attempt: AttemptId },
    /// The channel's no is definite.
    Refused { attempt: AttemptId, refusal: Refusal },
    /// Money arrived, however we heard of it.
    Paid { attempt: AttemptId, receipt: Receipt },
    /// Asked after a charge was undone, or refused to be, the channel says that it is paid. The
    /// question began at this version of the payment.
    StillPaid { attempt: AttemptId, receipt: Receipt, asked_at: u64 },
    /// The same question, and the channel says that what was reported is not there.
    Returned { attempt: AttemptId, asked_at: u64 },
    /// Written before a charge is undone at its channel.
    Reversing { attempt: AttemptId },
    /// The merchant wants another attempt: this one must end first.
    Superseded { attempt: AttemptId },
    /// Nobody can pay this attempt any more: the channel said so, or it expired and never was.
    Closed { attempt: AttemptId },
    /// The order is to be closed; each live attempt must be closed at its channel first.
    CloseRequested { reason: CloseReason },
    /// The merchant wants money back. The channel wants refunds of one order so far apart.
    RefundRequested {
        refund_no: OrderNo,
        amount: Money,
        reason: Option<String>,
        /// Which, of an order of several.
        part: Option<PartNo>,
        door: Option<Door>,
        apart: Duration,
    },
    /// The merchant wants a refund that came to nothing tried again.
    RefundRetried { refund: RefundId, apart: Duration },
    /// Written before a refund's request leaves, again or by its task for the first time.
    RefundResent { refund: RefundId },
    /// The request that was written last provably never left.
    RefundUnsent { refund: RefundId },
    /// News of a refund, by the number it was told of.
    Refund { number: RefundNo, fact: RefundFact },
    /// The merchant wants money of it to go to others, to come back, or the rest for itself.
    SplitRequested(Box<NewSplit>),
    /// Written before a split's request leaves again.
    SplitResent { split: SplitId },
    /// The request that was written last provably never left.
    SplitUnsent { split: SplitId },
    /// News of a split, however we heard of it.
    Split { split: SplitId, fact: Fact },
}

impl Event {
    /// The event's name in the timeline and in logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Offered => "payment.offered",
            Self::Dispatched { .. } => "attempt.dispatched",
            Self::Resent { .. } => "attempt.resent",
            Self::Accepted { .. } => "attempt.accepted",
            Self::Unsent { .. } => "attempt.unsent",
            Self::Refused { .. } => "attempt.refused",
            Self::Paid { .. } => "attempt.paid",
            Self::StillPaid { .. } => "attempt.still_paid",
            Self::Returned { .. } => "attempt.returned",
            Self::Reversing { .. } => "attempt.reversing",
            Self::Superseded { .. } => "attempt.superseded",
            Self::Closed { .. } => "attempt.closed",
            Self::CloseRequested { .. } => "payment.close_requested",
            Self::RefundRequested { .. } => "refund.requested",
            Self::RefundRetried { .. } => "refund.retried",
            Self::RefundResent { .. } => "refund.resent",
            Self::RefundUnsent { .. } => "refund.unsent",
            Self::Refund { fact, .. } => fact.name(),
            Self::SplitRequested(_) => "split.requested",
            Self::SplitResent { .. } => "split.resent",
            Self::SplitUnsent { .. } => "split.unsent",
            Self::Split { fact, .. } => fact.name(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    Merchant,
    Expired,
    /// The channel closed it without being asked.
    Channel,
}

/// What the outside world must now do. Becomes rows in the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Walk the attempt to its definite end, from `due` on.
    Resolve { attempt: AttemptId, due: Timestamp },
    /// Walk the refund to its definite end.
    Refund { refund: RefundId, due: Timestamp },
    /// Walk the split to its definite end.
    Split { split: SplitId, due: Timestamp },
    /// Tell the merchant: one event, and a delivery to each endpoint.
    Tell { number: u16, notice: Notice },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    Applied {
        next: Box<Payment>,
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
    #[error("an earlier attempt may still be paid")]
    AttemptLive,
    #[error("the payment has used all its attempts")]
    TooManyAttempts,
    #[error("the payment has ended or is closing")]
    Ended,
    #[error("the payment is already paid")]
    AlreadyPaid,
    #[error("the payment is not paid")]
    NotPaid,
    #[error("the refund exceeds what is left of the payment, or of the part")]
    ExceedsPaid,
    #[error("a refund names its part of the payment where that has parts, and none elsewhere")]
    PartUnknown,
    #[error("the refund is in another currency than the payment")]
    OtherCurrency,
    #[error("a refund is of at least one minor unit")]
    NothingToRefund,
    #[error("the payment has used all its refunds")]
    TooManyRefunds,
    #[error("the channel holds the refund until a person acts there")]
    RefundHeld,
    #[error("receivers hold that money: it has to come back from them first")]
    SharedOut,
    #[error(transparent)]
    Split(#[from] crate::split::Rejection),
}

/// The event cannot be true of this payment: keep it, change nothing, call a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    #[error("expected {expected}, reported {reported}")]
    AmountDiffers { expected: Money, reported: Money },
    #[error("the attempt was paid as {known}, and now as {reported}")]
    TradeDiffers { known: String, reported: String },
    #[error("the payment has no such attempt")]
    UnknownAttempt,
    #[error("the payment has no such refund")]
    UnknownRefund,
    #[error("the payment has no such split")]
    UnknownSplit,
    #[error("{event} cannot follow what is known")]
    Unexpected { event: &'static str },
}
