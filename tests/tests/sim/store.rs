//! The store with its faults: it fails, it answers nothing, and it says so too late.

mod settlements;

use std::time::Duration;

use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::reconcile::{self, DifferenceRecord};
use paymux_core::route::{Day, Taken};
use paymux_core::transfer::Transfer;
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId,
    Timestamp, TransferId,
};
use paymux_store::memory::MemoryStore;
use paymux_store::{
    Audited, Backlog, Balance, Binding, Change, CommitError, Differences, Disposition, Entry,
    IdempotencyKey, Idempotent, Imbalance, Key, Leased, Managed, MerchantEvent, Outstanding, Pages,
    Read, Receivers, Store, StoreError, Stored, Stretch, Unfinished, Watch, Which,
};

use super::actor::{at_once, pause};
use super::check;
use super::scene::Sim;

#[derive(Clone)]
pub(crate) struct SimStore {
    pub(crate) sim: Sim,
    pub(crate) inner: MemoryStore,
}

/// How a commit ends.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Unavailable,
    Unknown { written: bool },
}

impl SimStore {
    fn fate(&self) -> Fate {
        let mut state = self.sim.lock();
        if state.fault(|it| it.commit_unavailable) {
            state.count("unavailable commits");
            return Fate::Unavailable;
        }
        if state.fault(|it| it.commit_unknown) {
            let written = state.random.permille(500);
            state.count(if written { "unknown commits, written" } else { "unknown commits, lost" });
            return Fate::Unknown { written };
        }
        Fate::Kept
    }

    /// Writes, and looks at what was written.
    fn write(&self, change: Change) -> Result<(), CommitError> {
        let said = change.clone();
        let before = check::commit::before(&self.inner, &said);
        let result = at_once(self.inner.commit(change));
        let mut state = self.sim.lock();
        match &result {
            Ok(()) => check::commit::after(&mut state, &self.inner, &before, &said),
            Err(CommitError::Constraint(what)) => state.violated("the last wall", what),
            Err(CommitError::Stale) => state.count("stale commits"),
            Err(CommitError::Fenced) => state.count("fenced commits"),
            Err(CommitError::Short(book)) => state.violated("the last wall", book.to_string()),
            Err(CommitError::Exceeded(who)) => state.violated("the last wall", who),
            Err(CommitError::Duplicate(_)) => state.count("duplicate commits"),
            Err(CommitError::Unavailable(_) | CommitError::Unknown(_)) => {}
        }
        state.note(|| format!("commit {}: {result:?}", check::commit::summary(&said)));
        result
    }

    async fn read<T>(&self, read: impl Future<Output = Read<T>> + Send) -> Read<T> {
        pause(&self.sim).await;
        let fails = {
            let mut state = self.sim.lock();
            state.fault(|it| it.read_fails)
        };
        if fails {
            return Err(StoreError("a read failed".into()));
        }
        let found = at_once(read);
        pause(&self.sim).await;
        found
    }
}

impl Differences for SimStore {
    async fn difference(
        &self,
        account: &AccountId,
        key: reconcile::Key,
    ) -> Read<Option<DifferenceRecord>> {
        self.read(self.inner.difference(account, key)).await
    }

    async fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<reconcile::Key>,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        self.read(self.inner.differences_of(account, day, after, limit)).await
    }

    async fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        self.read(self.inner.waiting_differences(account, until, limit)).await
    }

    async fn differences(&self, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
        self.read(self.inner.differences(which, limit)).await
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        self.read(self.inner.outstanding()).await
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        self.read(self.inner.reconciled_days()).await
    }
}

impl Receivers for SimStore {
    async fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> Read<Option<Binding>> {
        self.read(self.inner.receiver(merchant, receiver_no)).await
    }

    async fn bound_elsewhere(&self, binding: &Binding) -> Read<bool> {
        self.read(self.inner.bound_elsewhere(binding)).await
    }

    async fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> Read<Vec<Binding>> {
        self.read(self.inner.receivers(merchant, after, limit)).await
    }
}

impl Store for SimStore {
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        pause(&self.sim).await;
        let result = match self.fate() {
            Fate::Kept => self.write(change),
            Fate::Unavailable => Err(CommitError::Unavailable(StoreError("not now".into()))),
            Fate::Unknown { written } => {
                if written {
                    drop(self.write(change));
                }
                Err(CommitError::Unknown(StoreError("no answer".into())))
            }
        };
        pause(&self.sim).await;
        result
    }

    async fn payment(&self, id: PaymentId) -> Read<Option<Payment>> {
        self.read(self.inner.payment(id)).await
    }

    async fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> Read<Vec<Payment>> {
        self.read(self.inner.payments(merchant, before, limit)).await
    }

    async fn holder(&self, key: &Key) -> Read<Option<String>> {
        self.read(self.inner.holder(key)).await
    }

    async fn idempotent(&self, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
        self.read(self.inner.idempotent(key)).await
    }

    async fn disposition(
        &self,
        account: &AccountId,
        notification: &str,
    ) -> Read<Option<Disposition>> {
        self.read(self.inner.disposition(account, notification)).await
    }

    async fn event(&self, id: EventId) -> Read<Option<MerchantEvent>> {
        self.read(self.inner.event(id)).await
    }

    async fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<MerchantEvent>>> {
        self.read(self.inner.events(merchant, after, limit)).await
    }

    async fn delivery(&self, id: &DeliveryId) -> Read<Option<Delivery>> {
        self.read(self.inner.delivery(id)).await
    }

    async fn deliveries(&self, payment: PaymentId) -> Read<Vec<Delivery>> {
        self.read(self.inner.deliveries(payment)).await
    }

    async fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<Option<EndpointState>> {
        self.read(self.inner.endpoint(merchant, endpoint)).await
    }

    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        self.read(self.inner.held(merchant, endpoint, limit)).await
    }

    async fn unfinished(&self, merchant: &MerchantId) -> Read<Unfinished> {
        self.read(self.inner.unfinished(merchant)).await
    }

    async fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        self.read(self.inner.failing(merchant, endpoint, before, limit)).await
    }

    async fn by_merchants_no(&self, number: &OrderNo, limit: usize) -> Read<Vec<PaymentId>> {
        self.read(self.inner.by_merchants_no(number, limit)).await
    }

    async fn by_trade_no(&self, channel_trade_no: &str, limit: usize) -> Read<Vec<PaymentId>> {
        self.read(self.inner.by_trade_no(channel_trade_no, limit)).await
    }

    async fn audit(&self, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
        self.read(self.inner.audit(pages, limit)).await
    }

    async fn timeline(&self, payment: PaymentId) -> Read<Vec<Entry>> {
        self.read(self.inner.timeline(payment)).await
    }

    async fn lease(&self, now: Timestamp, lease: Duration, limit: usize) -> Read<Vec<Leased>> {
        self.read(self.inner.lease(now, lease, limit)).await
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        self.read(self.inner.next_due()).await
    }

    async fn taken(&self, account: &AccountId, day: Day, currency: Currency) -> Read<Taken> {
        self.read(self.inner.taken(account, day, currency)).await
    }

    async fn balances(&self, books: &[Book]) -> Read<Vec<Balance>> {
        self.read(self.inner.balances(books)).await
    }

    async fn posting(&self, cause: &Cause) -> Read<Option<Posting>> {
        self.read(self.inner.posting(cause)).await
    }

    async fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<Posting>>> {
        self.read(self.inner.journal(merchant, after, limit)).await
    }

    async fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Read<Vec<Posting>> {
        self.read(self.inner.moved(account, day, after, limit)).await
    }

    async fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Read<Stretch> {
        self.read(self.inner.stretch(merchant, currency, after, before)).await
    }

    async fn imbalances(&self, limit: usize) -> Read<Vec<Imbalance>> {
        self.read(self.inner.imbalances(limit)).await
    }

    async fn transfer(&self, id: TransferId) -> Read<Option<Transfer>> {
        self.read(self.inner.transfer(id)).await
    }

    async fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> Read<Vec<Transfer>> {
        self.read(self.inner.transfers(merchant, before, limit)).await
    }

    async fn held_transfers(&self, limit: usize) -> Read<Vec<Transfer>> {
        self.read(self.inner.held_transfers(limit)).await
    }

    async fn bill(&self, account: &AccountId, bill: Bill) -> Read<Option<BillRecord>> {
        self.read(self.inner.bill(account, bill)).await
    }

    async fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> Read<Vec<BillRecord>> {
        self.read(self.inner.bills(account, before, limit)).await
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        self.read(self.inner.managed()).await
    }

    async fn managed_generation(&self) -> Read<u64> {
        self.read(self.inner.managed_generation()).await
    }

    async fn backlog(&self, now: Timestamp) -> Read<Backlog> {
        self.read(self.inner.backlog(now)).await
    }

    async fn size(&self) -> Read<Option<u64>> {
        self.read(self.inner.size()).await
    }

    fn watch(&self, watch: Watch) {
        self.inner.watch(watch);
    }

    /// Nodes of the simulation look for work at every step.
    async fn woken(&self) {
        self.inner.woken().await
    }
}
