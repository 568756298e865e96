//! The store without a disk: the contract's meaning in ordered maps, for simulations and tests.
//!
//! It never waits: every future is ready when first polled, so a simulator may poll by hand.

mod commit;
mod difference;
mod ledger;
mod queue;
mod receiver;
mod settlement;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::reconcile::{self, DifferenceRecord};
use paymux_core::route::{Day, Taken};
use paymux_core::settlement::Settlement;
use paymux_core::transfer::{State, Transfer};
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId,
    Timestamp, TransferId, VoucherNo,
};

use crate::{
    Audited, Backlog, Balance, Binding, Change, CommitError, Disposition, Entry, Evidence,
    IdempotencyKey, Idempotent, Imbalance, Key, Leased, Managed, ManagedKind, MerchantEvent, Pages,
    Read, Store, Stored, Stretch, TaskKind, Unfinished, Watch, cell,
};

#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

/// Everything that is stored, for whoever checks invariants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    pub payments: BTreeMap<PaymentId, Payment>,
    pub once: BTreeMap<Key, String>,
    pub idempotent: BTreeMap<IdempotencyKey, Idempotent>,
    pub evidence: BTreeMap<(AccountId, String), Evidence>,
    pub events: BTreeMap<EventId, Stored<MerchantEvent>>,
    pub deliveries: BTreeMap<DeliveryId, Delivery>,
    pub endpoints: BTreeMap<(MerchantId, EndpointId), EndpointState>,
    pub transfers: BTreeMap<TransferId, Transfer>,
    pub settlements: BTreeMap<VoucherNo, Settlement>,
    pub receivers: BTreeMap<(MerchantId, OrderNo), Binding>,
    /// What was spent, by spender and day.
    pub spent: BTreeMap<(String, Day, Currency), i64>,
    pub managed: BTreeMap<(ManagedKind, String), Managed>,
    pub bills: BTreeMap<(AccountId, Bill), BillRecord>,
    pub differences: BTreeMap<(AccountId, reconcile::Key), DifferenceRecord>,
    pub tasks: BTreeMap<TaskKind, TaskRow>,
    /// In the order of commits.
    pub entries: Vec<Entry>,
    pub audit: Vec<Audited>,
    pub taken: BTreeMap<(AccountId, Day, Currency), Taken>,
    /// In the order of commits, with the causes that are in it.
    pub journal: Vec<Posting>,
    pub causes: BTreeSet<Cause>,
    pub books: BTreeMap<(Book, Currency), i64>,
    /// The highest fence of a task that is gone: a task that comes back goes on from there, or a
    /// worker left behind in its first life could finish its second.
    pub fence_floor: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRow {
    pub due: Timestamp,
    pub leased_until: Timestamp,
    pub fence: u64,
}

impl MemoryStore {
    /// A copy of everything.
    pub fn tables(&self) -> Tables {
        self.lock().clone()
    }

    /// Looks at everything without copying it.
    pub fn look<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.lock())
    }

    /// What is still to be done, leased or not.
    pub fn open_tasks(&self) -> Vec<(TaskKind, TaskRow)> {
        self.lock().tasks.iter().map(|(kind, row)| (kind.clone(), *row)).collect()
    }

    /// A change is checked whole before its first row is written, so a panic leaves no half.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.lock().commit(change)
    }

    async fn payment(&self, id: PaymentId) -> Read<Option<Payment>> {
        Ok(self.lock().payments.get(&id).cloned())
    }

    async fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> Read<Vec<Payment>> {
        let tables = self.lock();
        let newest_first = tables.payments.values().rev();
        let theirs = newest_first.filter(|it| it.order.merchant == *merchant);
        let older = theirs.filter(|it| before.is_none_or(|before| it.id < before));
        Ok(older.take(limit).cloned().collect())
    }

    async fn holder(&self, key: &Key) -> Read<Option<String>> {
        Ok(self.lock().once.get(key).cloned())
    }

    async fn idempotent(&self, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
        Ok(self.lock().idempotent.get(key).cloned())
    }

    async fn disposition(
        &self,
        account: &AccountId,
        notification: &str,
    ) -> Read<Option<Disposition>> {
        let key = (account.clone(), notification.to_owned());
        Ok(self.lock().evidence.get(&key).map(|it| it.disposition))
    }

    async fn event(&self, id: EventId) -> Read<Option<MerchantEvent>> {
        Ok(self.lock().events.get(&id).map(|it| it.row.clone()))
    }

    async fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<MerchantEvent>>> {
        let tables = self.lock();
        let theirs = tables.events.values().filter(|it| it.row.merchant == *merchant);
        let mut later: Vec<_> = theirs.filter(|it| it.cursor > after).cloned().collect();
        later.sort_by_key(|it| it.cursor);
        later.truncate(limit);
        Ok(later)
    }

    async fn delivery(&self, id: &DeliveryId) -> Read<Option<Delivery>> {
        Ok(self.lock().deliveries.get(id).cloned())
    }

    async fn deliveries(&self, payment: PaymentId) -> Read<Vec<Delivery>> {
        let tables = self.lock();
        let theirs = tables.deliveries.values().filter(|it| it.id.event.payment == payment);
        Ok(theirs.cloned().collect())
    }

    async fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<Option<EndpointState>> {
        Ok(self.lock().endpoints.get(&(merchant.clone(), endpoint.clone())).cloned())
    }

    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        let held = |it: &&Delivery| {
            let theirs = it.merchant == *merchant && it.id.endpoint == *endpoint;
            theirs && matches!(it.state, DeliveryState::Held { .. })
        };
        Ok(self.lock().deliveries.values().filter(held).take(limit).cloned().collect())
    }

    async fn unfinished(&self, merchant: &MerchantId) -> Read<Unfinished> {
        Ok(self.lock().unfinished(merchant))
    }

    async fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        let failing = |it: &&Delivery| {
            let theirs = it.merchant == *merchant && it.id.endpoint == *endpoint;
            theirs && cell::is_failing(it) && before.is_none_or(|before| it.id < *before)
        };
        let tables = self.lock();
        Ok(tables.deliveries.values().rev().filter(failing).take(limit).cloned().collect())
    }

    async fn by_trade_no(&self, channel_trade_no: &str, limit: usize) -> Read<Vec<PaymentId>> {
        let has = |it: &&Payment| cell::trade_nos(it).any(|it| it == channel_trade_no);
        let tables = self.lock();
        Ok(tables.payments.values().filter(has).map(|it| it.id).take(limit).collect())
    }

    async fn by_merchants_no(&self, number: &OrderNo, limit: usize) -> Read<Vec<PaymentId>> {
        let has = |it: &&Payment| {
            it.order.order_no == *number || cell::refund_nos(it).any(|it| it == number.as_str())
        };
        let tables = self.lock();
        Ok(tables.payments.values().rev().filter(has).map(|it| it.id).take(limit).collect())
    }

    async fn audit(&self, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
        let tables = self.lock();
        let all = tables.audit.iter();
        Ok(match pages {
            Pages::Before(before) => {
                let older = all.rev().filter(|it| before.is_none_or(|before| it.seq < before));
                older.take(limit).cloned().collect()
            }
            Pages::After(after) => all.filter(|it| it.seq > after).take(limit).cloned().collect(),
        })
    }

    async fn timeline(&self, payment: PaymentId) -> Read<Vec<Entry>> {
        let tables = self.lock();
        Ok(tables.entries.iter().filter(|it| it.payment == payment).cloned().collect())
    }

    async fn lease(&self, now: Timestamp, lease: Duration, limit: usize) -> Read<Vec<Leased>> {
        Ok(self.lock().lease(now, lease, limit))
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        Ok(self.lock().next_due())
    }

    async fn taken(&self, account: &AccountId, day: Day, currency: Currency) -> Read<Taken> {
        let key = (account.clone(), day, currency);
        Ok(self.lock().taken.get(&key).copied().unwrap_or_default())
    }

    async fn balances(&self, books: &[Book]) -> Read<Vec<Balance>> {
        Ok(self.lock().balances(books))
    }

    async fn posting(&self, cause: &Cause) -> Read<Option<Posting>> {
        Ok(self.lock().journal.iter().find(|it| it.cause() == cause).cloned())
    }

    async fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<Posting>>> {
        Ok(self.lock().journal_of(merchant, after).take(limit).collect())
    }

    async fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Read<Vec<Posting>> {
        Ok(self.lock().moved(account, day, after, limit))
    }

    async fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Read<Stretch> {
        Ok(self.lock().stretch(merchant, currency, after, before))
    }

    async fn imbalances(&self, limit: usize) -> Read<Vec<Imbalance>> {
        let mut list = self.lock().imbalances();
        list.truncate(limit);
        Ok(list)
    }

    async fn transfer(&self, id: TransferId) -> Read<Option<Transfer>> {
        Ok(self.lock().transfers.get(&id).cloned())
    }

    async fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> Read<Vec<Transfer>> {
        let tables = self.lock();
        let theirs = tables.transfers.values().rev().filter(|it| it.merchant == *merchant);
        let older = theirs.filter(|it| before.is_none_or(|before| it.id < before));
        Ok(older.take(limit).cloned().collect())
    }

    async fn held_transfers(&self, limit: usize) -> Read<Vec<Transfer>> {
        let tables = self.lock();
        let held = tables.transfers.values().filter(|it| it.state == State::Held);
        Ok(held.take(limit).cloned().collect())
    }

    async fn bill(&self, account: &AccountId, bill: Bill) -> Read<Option<BillRecord>> {
        Ok(self.lock().bills.get(&(account.clone(), bill)).cloned())
    }

    async fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> Read<Vec<BillRecord>> {
        let tables = self.lock();
        let theirs =
            tables.bills.values().filter(|it| account.is_none_or(|own| *own == it.account));
        let older = theirs.filter(|it| before.is_none_or(|before| it.bill.day < before));
        let mut older: Vec<_> = older.cloned().collect();
        older.sort_by_key(|it| std::cmp::Reverse(it.bill.day));
        older.truncate(limit);
        Ok(older)
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        Ok(self.lock().managed.values().cloned().collect())
    }

    async fn managed_generation(&self) -> Read<u64> {
        Ok(self.lock().managed_generation())
    }

    async fn backlog(&self, now: Timestamp) -> Read<Backlog> {
        Ok(self.lock().backlog(now))
    }

    async fn size(&self) -> Read<Option<u64>> {
        Ok(None)
    }

    /// It does its work at once, so there is nothing to tell.
    fn watch(&self, _: Watch) {}

    /// No other process has this store.
    async fn woken(&self) {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        crate::conformance::run(async || MemoryStore::default()).await;
    }

    /// A simulator polls by hand and never sleeps.
    #[test]
    fn every_future_is_ready_at_once() {
        let store = MemoryStore::default();
        let mut context = Context::from_waker(Waker::noop());
        let polled = pin!(store.commit(Change::default())).poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Ok(()))));
        let polled = pin!(store.lease(Timestamp(0), Duration::ZERO, 1)).poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Ok(_))));
        let polled = pin!(store.next_due()).poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Ok(None))));
    }
}
