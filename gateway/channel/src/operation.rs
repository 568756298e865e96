//! What is asked of a channel, and what it can have answered.

use paymux_core::payment::{Action, Method, Receipt, Refusal};
use paymux_core::refund::RefundFact;
use paymux_core::{AttemptId, Money, RefundId, Timestamp};

use crate::keys::PlatformKey;

#[derive(Clone, Debug)]
pub enum Operation {
    Pay(Pay),
    Query {
        attempt: AttemptId,
    },
    Close {
        attempt: AttemptId,
    },
    Refund(RefundCall),
    QueryRefund(RefundCall),
    /// Fetch the keys by which the channel's signatures are verified.
    PlatformKeys,
}

impl Operation {
    /// The name in metrics, logs and quotas.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pay(_) => "pay",
            Self::Query { .. } => "query",
            Self::Close { .. } => "close",
            Self::Refund(_) => "refund",
            Self::QueryRefund(_) => "query_refund",
            Self::PlatformKeys => "platform_keys",
        }
    }
}

/// Rebuilt from the stored order on every repeat, so that a repeat is the same request.
#[derive(Clone, Debug)]
pub struct Pay {
    pub attempt: AttemptId,
    pub amount: Money,
    pub subject: String,
    pub method: Method,
    pub expires_at: Timestamp,
    pub client_ip: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RefundCall {
    pub refund: RefundId,
    pub attempt: AttemptId,
    pub amount: Money,
    /// The whole amount of the paid order.
    pub paid: Money,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order is placed; the payer's side has something to do.
    Accepted(Action),
    /// The order exists and waits for its payer.
    Unpaid,
    Paid(Receipt),
    /// A definite no: the plugin's table says that no money can follow.
    Refused(Refusal),
    /// It can no longer be paid, on the channel's word.
    Closed,
    /// The channel knows no such order. Not proof that the request never was sent.
    Absent,
    /// A close came too late; ask what was paid.
    AlreadyPaid,
    Refund(RefundOutcome),
    PlatformKeys(Vec<PlatformKey>),
    /// Anything the plugin's tables do not name. Unknown is never failed.
    Unknown {
        code: String,
    },
}

impl Outcome {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Unpaid => "unpaid",
            Self::Paid(_) => "paid",
            Self::Refused(_) => "refused",
            Self::Closed => "closed",
            Self::Absent => "absent",
            Self::AlreadyPaid => "already_paid",
            Self::Refund(RefundOutcome::Fact(fact)) => fact.name(),
            Self::Refund(RefundOutcome::Absent) => "refund_absent",
            Self::PlatformKeys(_) => "platform_keys",
            Self::Unknown { .. } => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    Fact(RefundFact),
    /// The channel knows no such refund.
    Absent,
}

/// A verified message of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The channel's own id of the message, the same on every repeat.
    pub id: String,
    /// The channel's own word for what happened.
    pub kind: String,
    /// As received; an order of another system of the same account is possible.
    pub out_trade_no: String,
    /// In the order in which they must be applied.
    pub news: Vec<News>,
    /// Set when the message is genuine but not about this account: nothing may change.
    pub mismatch: Option<Mismatch>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Paid(Receipt),
    Closed,
    Refund {
        /// As received; a refund made by hand at the channel is possible.
        out_refund_no: String,
        fact: RefundFact,
    },
}

/// A field of a genuine message that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub field: &'static str,
    pub reported: String,
}
