//! Where state lives: one atomic write, a few reads, and a queue of work that is due.
//!
//! No transaction is ever handed out: a caller says all it wants in one [`Change`], and a driver
//! writes all of it or none. Three drivers, one meaning: `conformance` is that meaning, executed.

pub mod audit;
mod cell;
pub mod change;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod crashpoint;
mod difference;
mod errand;
pub mod guard;
mod ledger;
mod managed;
pub mod memory;
pub mod postgres;
pub mod quota;
mod receiver;
mod record;
pub mod redis;
mod settlement;
pub mod sqlite;
pub mod token;
mod transfer;
mod versions;
mod wall;
pub mod watch;

use std::time::Duration;

use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::transfer::Transfer;
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId,
    Timestamp, TransferId,
};

pub use audit::{Act, Audited, Pages};
pub use change::{
    Answer, Answered, Begin, BillWrite, Change, Disposition, Duplicate, EndpointWrite, Entry,
    Evidence, Finish, IdempotencyKey, Idempotent, Key, Leased, MerchantEvent, Once, Stored, Taking,
    Task, TaskKind, Then, Write,
};

pub use difference::{DifferenceWrite, Differences, Outstanding, Place, Which};
pub use errand::Errand;
pub use ledger::{Balance, Imbalance, Stretch, Sum};
pub use managed::{Managed, ManagedKind, generation};
pub use receiver::{Binding, Receivers};
pub use settlement::{OpenSettlements, SettlementWrite, Settlements};
pub use transfer::{Spending, TransferWrite};

pub trait Store: Differences + Receivers + Settlements + Clone + Send + Sync + 'static {
    /// Writes all of `change` or none of it. `Ok` means durable.
    fn commit(&self, change: Change) -> impl Future<Output = Result<(), CommitError>> + Send;

    fn payment(&self, id: PaymentId) -> impl Future<Output = Read<Option<Payment>>> + Send;

    /// A merchant's payments, newest first, those before `before` alone.
    fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Payment>>> + Send;

    /// Who holds a once-key.
    fn holder(&self, key: &Key) -> impl Future<Output = Read<Option<String>>> + Send;

    fn idempotent(
        &self,
        key: &IdempotencyKey,
    ) -> impl Future<Output = Read<Option<Idempotent>>> + Send;

    /// What became of a notification that was written before.
    fn disposition(
        &self,
        account: &AccountId,
        notification: &str,
    ) -> impl Future<Output = Read<Option<Disposition>>> + Send;

    fn event(&self, id: EventId) -> impl Future<Output = Read<Option<MerchantEvent>>> + Send;

    /// A merchant's events in the order of their commits, those after the cursor `after` alone.
    fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Stored<MerchantEvent>>>> + Send;

    fn delivery(&self, id: &DeliveryId) -> impl Future<Output = Read<Option<Delivery>>> + Send;

    /// What an attempt to deliver needs to know; `None` where there is no such delivery.
    fn errand(&self, id: &DeliveryId) -> impl Future<Output = Read<Option<Errand>>> + Send {
        errand::asked(self, id)
    }

    /// All deliveries of a payment's events.
    fn deliveries(&self, payment: PaymentId) -> impl Future<Output = Read<Vec<Delivery>>> + Send;

    /// What was written of an endpoint; `None` before the first write.
    fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> impl Future<Output = Read<Option<EndpointState>>> + Send;

    /// An endpoint's held deliveries by their ids, so the oldest payment's first.
    fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Delivery>>> + Send;

    /// What of a merchant is not over yet; a question for operators, since it may take a while.
    fn unfinished(&self, merchant: &MerchantId) -> impl Future<Output = Read<Unfinished>> + Send;

    /// An endpoint's deliveries that have failed and are not delivered yet: due again, held or
    /// exhausted; the newest payment's first, those before `before` alone.
    fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Delivery>>> + Send;

    /// The payments that an account's channel knows by this number; more than one is rare.
    fn by_trade_no(
        &self,
        channel_trade_no: &str,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<PaymentId>>> + Send;

    /// The payments that any merchant knows by this number, its own or that of a refund; the
    /// newest first.
    fn by_merchants_no(
        &self,
        number: &OrderNo,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<PaymentId>>> + Send;

    /// The audit log.
    fn audit(&self, pages: Pages, limit: usize) -> impl Future<Output = Read<Vec<Audited>>> + Send;

    /// Everything recorded about a payment, oldest first.
    fn timeline(&self, payment: PaymentId) -> impl Future<Output = Read<Vec<Entry>>> + Send;

    /// Hands out due tasks, the longest due first; each stays away from other workers until its
    /// lease ends, and each hand-out raises its fence.
    fn lease(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Leased>>> + Send;

    /// What time it is where the store is; `None` where that is this very clock.
    fn clock(&self) -> impl Future<Output = Read<Option<Timestamp>>> + Send {
        async { Ok(None) }
    }

    /// When the next task can be leased; `None` when there is no task at all.
    fn next_due(&self) -> impl Future<Output = Read<Option<Timestamp>>> + Send;

    /// What an account has taken on a day: the sum of all takings committed so far.
    fn taken(
        &self,
        account: &AccountId,
        day: Day,
        currency: Currency,
    ) -> impl Future<Output = Read<Taken>> + Send;

    /// What these books hold, in the order of their names: those alone that ever held anything.
    fn balances(&self, books: &[Book]) -> impl Future<Output = Read<Vec<Balance>>> + Send;

    fn posting(&self, cause: &Cause) -> impl Future<Output = Read<Option<Posting>>> + Send;

    /// A merchant's postings in the order of their commits, those after the cursor `after` alone.
    fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Stored<Posting>>>> + Send;

    /// What moved an account's money on a day of its channel's bill, in the order of the causes'
    /// texts, those after `after` alone.
    fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Posting>>> + Send;

    /// What was booked of a merchant's owed money after a place in its journal and before a moment:
    /// up to the first posting that was booked later, so that stretches have no gaps.
    fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> impl Future<Output = Read<Stretch>> + Send;

    /// Books that do not hold what their postings say: looks at all there is, and takes as long.
    fn imbalances(&self, limit: usize) -> impl Future<Output = Read<Vec<Imbalance>>> + Send;

    fn transfer(&self, id: TransferId) -> impl Future<Output = Read<Option<Transfer>>> + Send;

    /// A merchant's transfers, newest first, those before `before` alone.
    fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<Transfer>>> + Send;

    /// Those that wait to be allowed, oldest first.
    fn held_transfers(&self, limit: usize) -> impl Future<Output = Read<Vec<Transfer>>> + Send;
    /// What is known of a bill; `None` before the first write.
    fn bill(
        &self,
        account: &AccountId,
        bill: Bill,
    ) -> impl Future<Output = Read<Option<BillRecord>>> + Send;

    /// The bills of an account, or of all, newest day first, those of days before `before` alone.
    fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<BillRecord>>> + Send;

    /// Every item of the configuration that is kept here, the removed among them, in the order of
    /// their names.
    fn managed(&self) -> impl Future<Output = Read<Vec<Managed>>> + Send;

    /// The highest version of these; zero where there is none.
    fn managed_generation(&self) -> impl Future<Output = Read<u64>> + Send;

    fn backlog(&self, now: Timestamp) -> impl Future<Output = Read<Backlog>> + Send;

    /// How much room all of it takes, in bytes; `None` where it takes none on a disk.
    fn size(&self) -> impl Future<Output = Read<Option<u64>>> + Send;

    /// From now on `watch` is told of the store's own work. The first one stays.
    fn watch(&self, watch: Watch);

    /// Until another process has put tasks. A hint that may be late, needless, or lost.
    fn woken(&self) -> impl Future<Output = ()> + Send;
}

pub use watch::Watch;

pub type Read<T> = Result<T, StoreError>;

/// What is not over yet, in numbers, for metrics: as cheap as what is not over is little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub tasks: u64,
    /// Those that a lease would hand out now.
    pub due: u64,
    /// The earliest moment from which one of these waits.
    pub oldest_due: Option<Timestamp>,
    /// Deliveries of money that came, and was not heard of.
    pub untold: Untold,
    /// Attempts of which nobody knows what became of them, counted by their payments.
    pub doubts: Waiting,
}

/// By the state of the delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold {
    pub due: Waiting,
    pub held: Waiting,
    pub exhausted: Waiting,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: u64,
    /// Of the one that waits longest.
    pub since: Option<Timestamp>,
}

/// What of a merchant is not over yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Those with a task that asks about an attempt or a refund.
    pub payments: u64,
    /// Those with a task that tries them, and those that are held.
    pub deliveries: u64,
    /// Those that have not ended.
    pub transfers: u64,
}

/// Each variant is a decision the caller can take.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Load, apply, commit again.
    #[error("another writer came first")]
    Stale,
    /// Somebody did this already.
    #[error("already recorded: {0:?}")]
    Duplicate(Duplicate),
    /// The book holds less than was to be taken from it.
    #[error("{0} does not hold so much")]
    Short(Book),
    /// More would be spent on one day than was allowed; by the spender's name.
    #[error("the day's limit of {0} does not leave so much")]
    Exceeded(String),
    /// The lease was lost: drop the result, or record it without finishing the task.
    #[error("the task belongs to a later lease")]
    Fenced,
    /// A constraint of the store was about to be broken: a defect, and the last wall before it.
    #[error("refused by a constraint: {0}")]
    Constraint(String),
    /// Nothing was written.
    #[error(transparent)]
    Unavailable(StoreError),
    /// Perhaps it was written. Never assume that it was not.
    #[error("the outcome of the commit is unknown: {0}")]
    Unknown(StoreError),
}

impl CommitError {
    /// A closed set of words for metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Duplicate(_) => "duplicate",
            Self::Short(_) => "short",
            Self::Exceeded(_) => "exceeded",
            Self::Fenced => "fenced",
            Self::Constraint(_) => "constraint",
            Self::Unavailable(_) => "unavailable",
            Self::Unknown(_) => "unknown",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);
