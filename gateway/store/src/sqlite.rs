//! The store in one SQLite file: one writer thread with group commit, and a few readers.

mod difference;
mod ledger;
mod lock;
mod open;
mod queue;
mod read;
mod readers;
mod receiver;
mod row;
mod schema;
mod settled;
mod settlement;
mod text;
mod transfer;
mod write;
mod writer;

use std::path::Path;
use std::sync::Arc;
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
use tokio::sync::watch;
use tokio::time::Instant;

use crate::watch::Watched;
use crate::{
    Audited, Backlog, Balance, Change, CommitError, Disposition, Entry, Errand, IdempotencyKey,
    Idempotent, Imbalance, Key, Leased, Managed, MerchantEvent, Pages, Read, Store, StoreError,
    Stored, Stretch, Unfinished, Watch,
};
pub use open::OpenError;
use queue::HandOut;
use readers::Readers;
use settled::Settled;
use writer::{Work, Writer};

/// A handle; clones share the file. When the last one is gone the threads end by themselves.
#[derive(Clone, Debug)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: Writer,
    readers: Readers,
    /// Every thread holds a receiver: when the last is dropped, the file is closed.
    presence: watch::Sender<()>,
    watched: Watched,
    settled: Settled,
}

impl Sqlite {
    /// Opens the file, or creates it. Blocks: meant for the start of the program.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (presence, here) = watch::channel(());
        let watched = Watched::default();
        let (file, connection) = open::writer(path)?;
        let guest = lock::Guest::new(Arc::new(file), here);
        let writer = Writer::start(connection, guest.clone(), watched.clone())?;
        let readers = Readers::start(path, &guest)?;
        let settled = Settled::default();
        Ok(Self { inner: Arc::new(Inner { writer, readers, presence, watched, settled }) })
    }

    /// Turns true, and stays so, once the disk cannot be trusted any more: every commit is refused
    /// from then on, and the process should end. Only a restart finds out what was written.
    pub fn failed(&self) -> watch::Receiver<bool> {
        self.inner.writer.failed()
    }

    /// Writes what was accepted, refuses what comes later, and waits until the file is closed.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.readers.close();
        self.inner.presence.closed().await;
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> Read<T> + Send + 'static,
    ) -> Read<T> {
        self.inner.readers.ask(query).await
    }
}

impl Store for Sqlite {
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        let (begun, settles) = (Instant::now(), settled::key(change.notification.as_ref()));
        let written = self.inner.writer.ask(Work::Commit(Box::new(change))).await.map(drop);
        self.inner.watched.committed(begun, &written);
        if let (Ok(()), Some(key)) = (&written, settles) {
            self.inner.settled.note(key);
        }
        written
    }

    async fn payment(&self, id: PaymentId) -> Read<Option<Payment>> {
        self.read(move |it| read::payment(it, id)).await
    }

    async fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> Read<Vec<Payment>> {
        let merchant = merchant.clone();
        self.read(move |it| read::payments(it, &merchant, before, limit)).await
    }

    async fn holder(&self, key: &Key) -> Read<Option<String>> {
        let key = key.clone();
        self.read(move |it| read::holder(it, &key)).await
    }

    async fn idempotent(&self, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
        let key = key.clone();
        self.read(move |it| read::idempotent(it, &key)).await
    }

    async fn disposition(
        &self,
        account: &AccountId,
        notification: &str,
    ) -> Read<Option<Disposition>> {
        if let Some(known) = self.inner.settled.disposition(account, notification) {
            return Ok(Some(known));
        }
        let (account, notification) = (account.clone(), notification.to_owned());
        self.read(move |it| read::disposition(it, &account, &notification)).await
    }

    async fn event(&self, id: EventId) -> Read<Option<MerchantEvent>> {
        self.read(move |it| read::event(it, id)).await
    }

    async fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<MerchantEvent>>> {
        let merchant = merchant.clone();
        self.read(move |it| read::events(it, &merchant, after, limit)).await
    }

    async fn delivery(&self, id: &DeliveryId) -> Read<Option<Delivery>> {
        let id = id.clone();
        self.read(move |it| read::delivery(it, &id)).await
    }

    async fn errand(&self, id: &DeliveryId) -> Read<Option<Errand>> {
        let id = id.clone();
        self.read(move |it| read::errand(it, &id)).await
    }

    async fn deliveries(&self, payment: PaymentId) -> Read<Vec<Delivery>> {
        self.read(move |it| read::deliveries(it, payment)).await
    }

    async fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<Option<EndpointState>> {
        let (merchant, endpoint) = (merchant.clone(), endpoint.clone());
        self.read(move |it| read::endpoint(it, &merchant, &endpoint)).await
    }

    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        let (merchant, endpoint) = (merchant.clone(), endpoint.clone());
        self.read(move |it| read::held(it, &merchant, &endpoint, limit)).await
    }

    async fn unfinished(&self, merchant: &MerchantId) -> Read<Unfinished> {
        let merchant = merchant.clone();
        self.read(move |it| read::unfinished(it, &merchant)).await
    }

    async fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        let (merchant, endpoint) = (merchant.clone(), endpoint.clone());
        let before = before.cloned();
        self.read(move |it| read::failing(it, &merchant, &endpoint, before.as_ref(), limit)).await
    }

    async fn by_trade_no(&self, channel_trade_no: &str, limit: usize) -> Read<Vec<PaymentId>> {
        let number = channel_trade_no.to_owned();
        self.read(move |it| read::by_trade_no(it, &number, limit)).await
    }

    async fn by_merchants_no(&self, number: &OrderNo, limit: usize) -> Read<Vec<PaymentId>> {
        let number = number.clone();
        self.read(move |it| read::by_merchants_no(it, &number, limit)).await
    }

    async fn audit(&self, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
        self.read(move |it| read::audit(it, pages, limit)).await
    }

    async fn timeline(&self, payment: PaymentId) -> Read<Vec<Entry>> {
        self.read(move |it| read::timeline(it, payment)).await
    }

    /// A hand-out is a write, so the writer does it, in the group that is next.
    async fn lease(&self, now: Timestamp, lease: Duration, limit: usize) -> Read<Vec<Leased>> {
        let hand_out = HandOut { now, until: now.after(lease), limit };
        let reply = self.inner.writer.ask(Work::Lease(hand_out)).await;
        reply.map_err(|error| match error {
            CommitError::Unavailable(error) | CommitError::Unknown(error) => error,
            CommitError::Stale
            | CommitError::Duplicate(_)
            | CommitError::Exceeded(_)
            | CommitError::Fenced
            | CommitError::Short(_)
            | CommitError::Constraint(_) => StoreError(error.to_string()),
        })
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        self.read(queue::next_due).await
    }

    async fn taken(&self, account: &AccountId, day: Day, currency: Currency) -> Read<Taken> {
        let account = account.clone();
        self.read(move |it| read::taken(it, &account, day, currency)).await
    }

    async fn balances(&self, books: &[Book]) -> Read<Vec<Balance>> {
        let books = books.to_vec();
        self.read(move |it| ledger::balances(it, &books)).await
    }

    async fn posting(&self, cause: &Cause) -> Read<Option<Posting>> {
        let cause = cause.to_string();
        self.read(move |it| ledger::posting(it, &cause)).await
    }

    async fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<Posting>>> {
        let merchant = merchant.clone();
        self.read(move |it| ledger::journal(it, &merchant, after, limit)).await
    }

    async fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Read<Vec<Posting>> {
        let (account, after) = (account.clone(), after.map(ToString::to_string));
        self.read(move |it| ledger::moved(it, &account, day, after, limit)).await
    }

    async fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Read<Stretch> {
        let merchant = merchant.clone();
        self.read(move |it| ledger::stretch(it, &merchant, currency, after, before)).await
    }

    async fn imbalances(&self, limit: usize) -> Read<Vec<Imbalance>> {
        self.read(move |it| ledger::imbalances(it, limit)).await
    }

    async fn transfer(&self, id: TransferId) -> Read<Option<Transfer>> {
        self.read(move |it| transfer::transfer(it, id)).await
    }

    async fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> Read<Vec<Transfer>> {
        let merchant = merchant.clone();
        self.read(move |it| transfer::transfers(it, &merchant, before, limit)).await
    }

    async fn held_transfers(&self, limit: usize) -> Read<Vec<Transfer>> {
        self.read(move |it| transfer::held(it, limit)).await
    }

    async fn bill(&self, account: &AccountId, bill: Bill) -> Read<Option<BillRecord>> {
        let account = account.clone();
        self.read(move |it| read::bill(it, &account, bill)).await
    }

    async fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> Read<Vec<BillRecord>> {
        let account = account.cloned();
        self.read(move |it| read::bills(it, account.as_ref(), before, limit)).await
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        self.read(read::managed).await
    }

    async fn managed_generation(&self) -> Read<u64> {
        self.read(read::managed_generation).await
    }

    async fn backlog(&self, now: Timestamp) -> Read<Backlog> {
        self.read(move |it| read::backlog(it, now)).await
    }

    async fn size(&self) -> Read<Option<u64>> {
        self.read(read::size).await
    }

    fn watch(&self, watch: Watch) {
        self.inner.watched.by(watch);
    }

    /// No other process has this store.
    async fn woken(&self) {
        std::future::pending().await
    }
}

fn gone() -> StoreError {
    StoreError("its thread ended".into())
}

/// Only our own words about a database error: SQLite's messages name columns, never values.
fn fault(error: &rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

#[cfg(test)]
mod tests;
