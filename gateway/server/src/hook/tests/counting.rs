//! A store that counts the commits it was asked for.

mod settlements;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
use paymux_store::{
    Audited, Backlog, Balance, Binding, Change, CommitError, Differences, Disposition, Entry,
    IdempotencyKey, Idempotent, Imbalance, Key, Leased, Managed, MerchantEvent, Outstanding, Pages,
    Read, Receivers, Store, Stored, Stretch, Unfinished, Watch, Which,
};

#[derive(Clone)]
pub(super) struct Counting<S> {
    inner: S,
    commits: Arc<AtomicU64>,
}

impl<S> Counting<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, commits: Arc::default() }
    }

    /// Those that were refused as well.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl<S: Store> Differences for Counting<S> {
    async fn difference(
        &self,
        account: &AccountId,
        key: reconcile::Key,
    ) -> Read<Option<DifferenceRecord>> {
        self.inner.difference(account, key).await
    }

    async fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<reconcile::Key>,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        self.inner.differences_of(account, day, after, limit).await
    }

    async fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        self.inner.waiting_differences(account, until, limit).await
    }

    async fn differences(&self, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
        self.inner.differences(which, limit).await
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        self.inner.outstanding().await
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        self.inner.reconciled_days().await
    }
}

impl<S: Store> Receivers for Counting<S> {
    async fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> Read<Option<Binding>> {
        self.inner.receiver(merchant, receiver_no).await
    }

    async fn bound_elsewhere(&self, binding: &Binding) -> Read<bool> {
        self.inner.bound_elsewhere(binding).await
    }

    async fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> Read<Vec<Binding>> {
        self.inner.receivers(merchant, after, limit).await
    }
}

impl<S: Store> Store for Counting<S> {
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(change).await
    }

    async fn payment(&self, id: PaymentId) -> Read<Option<Payment>> {
        self.inner.payment(id).await
    }

    async fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> Read<Vec<Payment>> {
        self.inner.payments(merchant, before, limit).await
    }

    async fn holder(&self, key: &Key) -> Read<Option<String>> {
        self.inner.holder(key).await
    }

    async fn idempotent(&self, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
        self.inner.idempotent(key).await
    }

    async fn disposition(&self, account: &AccountId, id: &str) -> Read<Option<Disposition>> {
        self.inner.disposition(account, id).await
    }

    async fn event(&self, id: EventId) -> Read<Option<MerchantEvent>> {
        self.inner.event(id).await
    }

    async fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<MerchantEvent>>> {
        self.inner.events(merchant, after, limit).await
    }

    async fn delivery(&self, id: &DeliveryId) -> Read<Option<Delivery>> {
        self.inner.delivery(id).await
    }

    async fn deliveries(&self, payment: PaymentId) -> Read<Vec<Delivery>> {
        self.inner.deliveries(payment).await
    }

    async fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<Option<EndpointState>> {
        self.inner.endpoint(merchant, endpoint).await
    }

    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        self.inner.held(merchant, endpoint, limit).await
    }

    async fn unfinished(&self, merchant: &MerchantId) -> Read<Unfinished> {
        self.inner.unfinished(merchant).await
    }

    async fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        self.inner.failing(merchant, endpoint, before, limit).await
    }

    async fn by_merchants_no(&self, number: &OrderNo, limit: usize) -> Read<Vec<PaymentId>> {
        self.inner.by_merchants_no(number, limit).await
    }

    async fn by_trade_no(&self, channel_trade_no: &str, limit: usize) -> Read<Vec<PaymentId>> {
        self.inner.by_trade_no(channel_trade_no, limit).await
    }

    async fn audit(&self, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
        self.inner.audit(pages, limit).await
    }

    async fn timeline(&self, payment: PaymentId) -> Read<Vec<Entry>> {
        self.inner.timeline(payment).await
    }

    async fn lease(&self, now: Timestamp, lease: Duration, limit: usize) -> Read<Vec<Leased>> {
        self.inner.lease(now, lease, limit).await
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        self.inner.next_due().await
    }

    async fn taken(&self, account: &AccountId, day: Day, currency: Currency) -> Read<Taken> {
        self.inner.taken(account, day, currency).await
    }

    async fn woken(&self) {
        self.inner.woken().await;
    }

    async fn balances(&self, books: &[Book]) -> Read<Vec<Balance>> {
        self.inner.balances(books).await
    }

    async fn posting(&self, cause: &Cause) -> Read<Option<Posting>> {
        self.inner.posting(cause).await
    }

    async fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<Posting>>> {
        self.inner.journal(merchant, after, limit).await
    }

    async fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Read<Vec<Posting>> {
        self.inner.moved(account, day, after, limit).await
    }

    async fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Read<Stretch> {
        self.inner.stretch(merchant, currency, after, before).await
    }

    async fn imbalances(&self, limit: usize) -> Read<Vec<Imbalance>> {
        self.inner.imbalances(limit).await
    }

    async fn transfer(&self, id: TransferId) -> Read<Option<Transfer>> {
        self.inner.transfer(id).await
    }

    async fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> Read<Vec<Transfer>> {
        self.inner.transfers(merchant, before, limit).await
    }

    async fn held_transfers(&self, limit: usize) -> Read<Vec<Transfer>> {
        self.inner.held_transfers(limit).await
    }

    async fn bill(&self, account: &AccountId, bill: Bill) -> Read<Option<BillRecord>> {
        self.inner.bill(account, bill).await
    }

    async fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> Read<Vec<BillRecord>> {
        self.inner.bills(account, before, limit).await
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        self.inner.managed().await
    }

    async fn managed_generation(&self) -> Read<u64> {
        self.inner.managed_generation().await
    }

    async fn backlog(&self, now: Timestamp) -> Read<Backlog> {
        self.inner.backlog(now).await
    }

    async fn size(&self) -> Read<Option<u64>> {
        self.inner.size().await
    }

    fn watch(&self, watch: Watch) {
        self.inner.watch(watch);
    }
}
