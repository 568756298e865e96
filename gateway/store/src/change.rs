//! The one write, and the rows it is made of.

use std::fmt;

use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AccountId, AttemptId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo,
    PaymentId, RefundId, SplitId, Timestamp, TransferId,
};

use crate::{Binding, DifferenceWrite, Managed, SettlementWrite, TransferWrite, audit::Act};

/// All that one step writes, in one commit.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub payment: Option<Write>,
    pub transfer: Option<TransferWrite>,
    pub settlement: Option<SettlementWrite>,
    /// Who may get shares, or may no longer: over what was there.
    pub receiver: Option<Binding>,
    /// Keys that may be written once, ever.
    pub once: Vec<Once>,
    /// The beginning of an idempotent request.
    pub begin: Option<Begin>,
    /// Its end: the answer every repeat will get. The first one stands.
    pub answer: Option<Answered>,
    /// A request that ended without an answer: a repeat may take over at once.
    pub release: Option<IdempotencyKey>,
    /// A notification, verified; its id may be written once, and an orphan written over.
    pub notification: Option<Evidence>,
    pub events: Vec<MerchantEvent>,
    /// New deliveries, and the ones whose task this change finishes.
    pub deliveries: Vec<Delivery>,
    /// What is known of an endpoint; also the condition that nothing new is known of it.
    pub endpoint: Option<EndpointWrite>,
    /// What is known of a bill.
    pub bill: Option<BillWrite>,
    /// What bills and books differ in.
    pub differences: Vec<DifferenceWrite>,
    /// An item of the configuration, over the generation before its version.
    pub managed: Option<Managed>,
    /// The outbox. A task that exists is woken: due at the new time, its lease void.
    pub tasks: Vec<Task>,
    /// The leased task this change finishes; without its fence nothing is written.
    pub finish: Option<Finish>,
    /// What the payment's timeline will say.
    pub entries: Vec<Entry>,
    /// Who had it done, where somebody has.
    pub act: Option<Act>,
    /// Money that moves. Each cause may be written once, ever.
    pub journal: Vec<Posting>,
    /// Added to the days of the payment's accounts; a negative share is given back.
    pub takings: Vec<Taking>,
}

/// A payment over the version that was read: zero for a new one. The next version is higher.
#[derive(Clone, Debug)]
pub struct Write {
    pub expected: u64,
    pub next: Payment,
}

/// An endpoint's state over the version that was read: zero for one never written. Where `next` has
/// that same version, it is only compared, and nothing is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointWrite {
    pub expected: u64,
    pub next: EndpointState,
}

/// A bill's record over the version that was read: zero for one never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillWrite {
    pub expected: u64,
    pub next: BillRecord,
}

/// A fact that may be written once, ever, and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    pub key: Key,
    pub holder: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The merchant's order number; held by a payment id.
    Order(MerchantId, OrderNo),
    /// The merchant's refund number; held by a refund id.
    Refund(MerchantId, OrderNo),
    /// The merchant's transfer number; held by a transfer id.
    Transfer(MerchantId, OrderNo),
    /// The merchant's split number; held by a split's payment id.
    Split(MerchantId, OrderNo),
    /// Who an account is at its channel; held by the channel's name and the account's numbers.
    Account(AccountId),
    /// What the nodes sign the console's sessions with; its holder is the secret.
    Console,
    /// A session of the console that was ended; held by its user.
    Ended(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(merchant, number) => write!(f, "order/{merchant}/{number}"),
            Self::Refund(merchant, number) => write!(f, "refund/{merchant}/{number}"),
            Self::Transfer(merchant, number) => write!(f, "transfer/{merchant}/{number}"),
            Self::Split(merchant, number) => write!(f, "split/{merchant}/{number}"),
            Self::Account(account) => write!(f, "account/{account}"),
            Self::Console => f.write_str("console/secret"),
            Self::Ended(session) => write!(f, "session/{session}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey {
    pub merchant: MerchantId,
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    pub key: IdempotencyKey,
    /// Hash of the request as understood; another request under the same key differs here.
    pub fingerprint: [u8; 32],
    /// The payment or refund the request made.
    pub holder: String,
    /// Until then a repeat is told that the first is still running.
    pub until: Timestamp,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub key: IdempotencyKey,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What is known of an idempotent request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent {
    pub fingerprint: [u8; 32],
    pub holder: String,
    pub until: Timestamp,
    pub answer: Option<Answer>,
}

/// A verified notification as it came, kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub account: AccountId,
    /// The channel's id of the message.
    pub id: String,
    pub kind: String,
    pub payment: Option<PaymentId>,
    pub disposition: Disposition,
    pub headers: String,
    pub body: Vec<u8>,
    pub received_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// It changed the payment, or said what was known.
    Applied,
    /// It cannot be true of the payment: nothing changed, a person is needed.
    Quarantined,
    /// No payment of ours: perhaps not yet.
    Orphan,
}

impl Disposition {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Quarantined => "quarantined",
            Self::Orphan => "orphan",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Applied, Self::Quarantined, Self::Orphan].into_iter().find(|it| it.name() == name)
    }
}

/// What merchants are told: the exact bytes every delivery of it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantEvent {
    pub id: EventId,
    pub merchant: MerchantId,
    pub kind: String,
    pub payload: Vec<u8>,
    pub created_at: Timestamp,
}

/// A row with its place in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    pub cursor: u64,
    pub row: T,
}

/// Work: one walk of one thing to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub kind: TaskKind,
    pub due: Timestamp,
}

/// Also the task's identity: the same cause twice is the same task once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskKind {
    Resolve(AttemptId),
    Refund(RefundId),
    Transfer(TransferId),
    Split(SplitId),
    Deliver(DeliveryId),
    /// An endpoint was enabled again: what was held for it is released, batch by batch.
    Replay(MerchantId, EndpointId),
    /// An account's bill is fetched, and told to its payments.
    Bill(AccountId, Bill),
    /// A merchant's settlements: drafted when a period is over, and walked to their ends.
    Settle(MerchantId),
}

impl TaskKind {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resolve(_) => "resolve",
            Self::Refund(_) => "refund",
            Self::Transfer(_) => "transfer",
            Self::Split(_) => "split",
            Self::Deliver(_) => "deliver",
            Self::Replay(..) => "replay",
            Self::Bill(..) => "bill",
            Self::Settle(_) => "settle",
        }
    }

    /// Whose it is; an endpoint's and an account's belong to no payment.
    pub const fn payment(&self) -> Option<PaymentId> {
        match self {
            Self::Resolve(attempt) => Some(attempt.payment),
            Self::Refund(refund) => Some(refund.payment),
            Self::Transfer(transfer) => Some(transfer.root()),
            Self::Split(split) => Some(split.payment),
            Self::Deliver(delivery) => Some(delivery.event.payment),
            Self::Replay(..) | Self::Bill(..) | Self::Settle(_) => None,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (name, subject) = text.split_once('/')?;
        match name {
            "resolve" => subject.parse().ok().map(Self::Resolve),
            "refund" => subject.parse().ok().map(Self::Refund),
            "transfer" => subject.parse().ok().map(Self::Transfer),
            "split" => subject.parse().ok().map(Self::Split),
            "deliver" => subject.parse().ok().map(Self::Deliver),
            "settle" => subject.parse().ok().map(Self::Settle),
            "replay" => {
                let (merchant, endpoint) = subject.split_once('/')?;
                Some(Self::Replay(merchant.parse().ok()?, endpoint.parse().ok()?))
            }
            "bill" => {
                let (account, bill) = subject.split_once('/')?;
                Some(Self::Bill(account.parse().ok()?, Bill::parse(bill)?))
            }
            _ => None,
        }
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(attempt) => write!(f, "resolve/{attempt}"),
            Self::Refund(refund) => write!(f, "refund/{refund}"),
            Self::Transfer(transfer) => write!(f, "transfer/{transfer}"),
            Self::Split(split) => write!(f, "split/{split}"),
            Self::Deliver(delivery) => write!(f, "deliver/{delivery}"),
            Self::Replay(merchant, endpoint) => write!(f, "replay/{merchant}/{endpoint}"),
            Self::Bill(account, bill) => write!(f, "bill/{account}/{bill}"),
            Self::Settle(merchant) => write!(f, "settle/{merchant}"),
        }
    }
}

impl fmt::Debug for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    pub kind: TaskKind,
    /// Higher than any before it of the same kind, also after the task was done and put again.
    pub fence: u64,
    /// From when it was due: the lag is the worker's.
    pub due: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    pub kind: TaskKind,
    pub fence: u64,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Done,
    Again(Timestamp),
}

/// Something said once already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duplicate {
    Once(Key),
    /// The idempotency key was begun.
    Begun,
    /// The idempotency key was answered, or never begun.
    Answered,
    /// The notification was written.
    Notification,
    /// The event was written.
    Event,
    /// The cause has moved its money.
    Posted(Cause),
}

/// What a payment takes from one day of an account, in one currency's minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    pub account: AccountId,
    pub day: Day,
    pub currency: Currency,
    pub taken: Taken,
}

/// One line of a payment's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub payment: PaymentId,
    pub at: Timestamp,
    pub kind: String,
    /// A JSON object.
    pub detail: String,
}
