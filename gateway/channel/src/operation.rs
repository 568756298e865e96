//! What is asked of a channel, and what it can have answered.

use std::time::Duration;

use bytes::Bytes;
use paymux_core::payment::{Action, Method, PartNo, Payer, Receipt, Refusal};
use paymux_core::refund::RefundFact;
use paymux_core::transfer::Fact;
use paymux_core::{AttemptId, Money, RefundNo, Timestamp};

use crate::bill::{Bill, BillAnswer, BillFile};
use crate::keys::PlatformKey;
use crate::secret::Secret;
use crate::split::{ReceiverCall, SplitCall, SplitOutcome};
use crate::transfer::{TransferCall, TransferOutcome};

#[derive(Clone, Debug)]
pub enum Operation {
    Pay(Pay),
    Query {
        attempt: AttemptId,
    },
    Close {
        attempt: AttemptId,
    },
    /// What is asked of an order, of one of several parts that are paid at once.
    Combined(Box<Combined>),
    /// Undo a charge of [`Method::Barcode`] whatever became of it: unpaid it is closed, paid it is
    /// returned whole.
    Reverse {
        attempt: AttemptId,
    },
    Refund(RefundCall),
    QueryRefund(RefundCall),
    Transfer(Box<TransferCall>),
    QueryTransfer(Box<TransferCall>),
    /// Take back what its payee has not taken; what then is true, a question tells.
    CancelTransfer(Box<TransferCall>),
    /// Shares of an order, its finish, or a return: as its kind says.
    Split(Box<SplitCall>),
    QuerySplit(Box<SplitCall>),
    /// Somebody may get shares of this account's orders, or no longer.
    Bind(Box<ReceiverCall>),
    Unbind(Box<ReceiverCall>),
    /// Fetch the keys by which the channel's signatures are verified; one of them, where the
    /// channel tells keys one by one.
    PlatformKeys {
        serial: Option<String>,
    },
    /// Who the payer is, in this account's application.
    Identify(Identify),
    /// The application's own token at the channel's open platform.
    AppToken,
    /// Where a day's bill is.
    Bill(Bill),
    /// Fetch its file, which goes to whoever asked and not into the answer.
    BillFile(Bill, BillFile),
    /// What the channel offers and the gateway does not model.
    Raw(RawCall),
}

impl Operation {
    /// The name in metrics, logs and quotas.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pay(_) => "pay",
            Self::Combined(it) => it.ask.name(),
            Self::Query { .. } => "query",
            Self::Close { .. } => "close",
            Self::Reverse { .. } => "reverse",
            Self::Refund(_) => "refund",
            Self::QueryRefund(_) => "query_refund",
            Self::Transfer(_) => "transfer",
            Self::QueryTransfer(_) => "query_transfer",
            Self::CancelTransfer(_) => "cancel_transfer",
            Self::Split(_) => "split",
            Self::QuerySplit(_) => "query_split",
            Self::Bind(_) => "bind",
            Self::Unbind(_) => "unbind",
            Self::PlatformKeys { .. } => "platform_keys",
            Self::Identify(_) => "identify",
            Self::AppToken => "app_token",
            Self::Bill(_) => "bill",
            Self::BillFile(..) => "bill_file",
            Self::Raw(_) => "raw",
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
    pub payer: Payer,
    /// The money is kept apart until it is split, or that is finished.
    pub splittable: bool,
}

/// Several orders (合单) under the number of one.
#[derive(Clone, Debug)]
pub struct Combined {
    pub attempt: AttemptId,
    pub method: Method,
    pub ask: Ask,
    /// All of them, in the payment's order.
    pub parts: Vec<CombinedPart>,
}

#[derive(Clone, Debug)]
pub enum Ask {
    Pay(Pay),
    Query,
    Close,
}

impl Ask {
    /// The operation's on an order like any other.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pay(_) => "pay",
            Self::Query => "query",
            Self::Close => "close",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CombinedPart {
    /// Whose it is: what [`Channel::party`] says of its account.
    ///
    /// [`Channel::party`]: crate::Channel::party
    pub party: String,
    pub out_trade_no: String,
    pub amount: Money,
    pub subject: String,
}

#[derive(Clone, Debug)]
pub struct RefundCall {
    pub refund: RefundNo,
    pub attempt: AttemptId,
    /// Of an order of several, the one that is returned.
    pub part: Option<PartNo>,
    pub amount: Money,
    /// The whole amount of the paid order, or of the part.
    pub paid: Money,
    pub reason: Option<String>,
}

impl RefundCall {
    /// Of what is returned.
    pub fn out_trade_no(&self) -> String {
        self.attempt.out_trade_no(self.part)
    }
}

/// What the payer's side brought, each good for one use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identify {
    /// The `code` with which the browser came back from [`Channel::identify_url`].
    ///
    /// [`Channel::identify_url`]: crate::Channel::identify_url
    OAuth(Secret),
    /// The `code` a mini program got at its log-in.
    MiniProgram(Secret),
    /// The code a payer shows at a till.
    AuthCode(Secret),
}

#[derive(Clone, PartialEq, Eq)]
pub struct RawCall {
    pub verb: http::Method,
    /// The channel's own name for it, a method or a path with its query.
    pub api: String,
    /// JSON, or nothing.
    pub body: Bytes,
}

impl std::fmt::Debug for RawCall {
    /// Whatever it asks, it is the merchant's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawCall({} {}, ***)", self.verb, self.api)
    }
}

/// A verified answer nobody has read.
#[derive(Clone, PartialEq, Eq)]
pub struct RawAnswer {
    pub status: u16,
    pub body: Bytes,
}

impl std::fmt::Debug for RawAnswer {
    /// Whatever it says, it is the merchant's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawAnswer({}, ***)", self.status)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order is placed; the payer's side has something to do.
    Accepted(Action),
    /// The order exists and waits for its payer.
    Unpaid,
    Paid(Receipt),
    /// It was paid, and money of it went back: by an undoing of ours, or by the merchant's own hand.
    GivenBack(Receipt),
    /// The payer's try failed for good. It is to be undone before anything else.
    PayFailed,
    /// A definite no: the plugin's table says that no money can follow.
    Refused(Refusal),
    /// It can no longer be paid, on the channel's word.
    Closed,
    /// The channel knows no such order. Not proof that the request never was sent.
    Absent,
    /// A close came too late; ask what was paid.
    AlreadyPaid,
    /// Undone, by an answer that does not say what: a query must confirm it.
    Undone,
    Refund(RefundOutcome),
    Transfer(TransferOutcome),
    Split(SplitOutcome),
    /// The receiver is bound, or is not any more: as it was asked for.
    Bound,
    PlatformKeys(Vec<PlatformKey>),
    /// The payer's `openid`.
    Payer(String),
    Token {
        token: Secret,
        expires_in: Duration,
    },
    Bill(BillAnswer),
    Raw(RawAnswer),
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
            Self::GivenBack(_) => "given_back",
            Self::PayFailed => "pay_failed",
            Self::Refused(_) => "refused",
            Self::Closed => "closed",
            Self::Absent => "absent",
            Self::AlreadyPaid => "already_paid",
            Self::Undone => "undone",
            Self::Refund(RefundOutcome::Fact(fact)) => fact.name(),
            Self::Refund(RefundOutcome::Absent) => "refund_absent",
            Self::Refund(RefundOutcome::Spent(_)) => "refund_spent",
            Self::Transfer(outcome) => outcome.name(),
            Self::Split(outcome) => outcome.name(),
            Self::Bound => "bound",
            Self::PlatformKeys(_) => "platform_keys",
            Self::Payer(_) => "payer",
            Self::Token { .. } => "token",
            Self::Bill(it) => it.name(),
            Self::Raw(_) => "raw",
            Self::Unknown { .. } => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    Fact(RefundFact),
    /// The channel knows no such refund.
    Absent,
    /// Nothing is left of the order to give back, perhaps by this very refund: unless a question
    /// finds that it was paid, it never will be.
    Spent(Refusal),
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
    /// Told without proof of who told it: a reason to ask about this refund, and nothing else.
    RefundHint {
        out_refund_no: String,
    },
    /// Of the transfer whose number stands in the place of an order's.
    Transfer(Fact),
}

/// A field of a genuine message that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub field: &'static str,
    pub reported: String,
}
