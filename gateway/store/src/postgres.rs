//! The store in PostgreSQL: for many nodes, with batches that share round trips and `fsync`s.

mod batch;
mod bell;
mod committer;
mod connect;
mod difference;
mod encode;
mod fault;
mod ledger;
mod look;
mod queue;
mod read;
mod receiver;
mod schema;
mod settlement;
mod text;
mod transfer;
mod url;

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
use tokio::time::Instant;

use crate::{
    Audited, Backlog, Balance, Change, CommitError, Disposition, Entry, IdempotencyKey, Idempotent,
    Imbalance, Key, Leased, Managed, MerchantEvent, Pages, Read, Store, StoreError, Stored,
    Stretch, Unfinished, Watch,
};
use bell::{Bell, Rope};
use committer::Committers;
use connect::Connections;
pub use connect::Tls;
pub use url::{Trust, Url, UrlError};

/// How the server is reached, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub url: Url,
    /// Of this node; beside them there is one that listens.
    pub connections: usize,
    /// For a new connection, and for one of the pool to become free.
    pub connect_timeout: Duration,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database's schema lacks {}: run `paymux migrate`", .0.join(", "))]
    Pending(Vec<&'static str>),
    #[error("the database's schema has {name}, with which this program is too old to work")]
    Newer { name: String },
    #[error("version {version} of the database's schema is not the one this program knows")]
    Altered { version: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A handle; clones share the connections.
#[derive(Clone, Debug)]
pub struct Postgres {
    inner: Arc<Inner>,
    /// How far the clock of whoever leases may be from the server's.
    time: Option<Duration>,
}

#[derive(Debug)]
struct Inner {
    connections: Connections,
    committers: Committers,
    bell: Bell,
}

impl Postgres {
    /// Connects, and refuses a schema that is not this program's.
    pub async fn open(options: &Options, tls: impl Tls) -> Result<Self, OpenError> {
        let connections = Connections::new(options, tls.clone())?;
        let missing = schema::pending(&*connections.one().await?).await?;
        if !missing.is_empty() {
            return Err(OpenError::Pending(missing));
        }
        let rope = Rope::default();
        let bell = Bell::hang(connect::config(options), tls, &rope);
        let committers = Committers::start(&connections, options, &rope);
        let inner = Arc::new(Inner { connections, committers, bell });
        Ok(Self { inner, time: None })
    }

    /// Hands out no task to a clock that is further from the server's: it would take leases that
    /// still run, and use up in seconds what is to be tried over hours.
    #[must_use]
    pub fn keeping_time(self, within: Duration) -> Self {
        Self { time: Some(within), ..self }
    }

    /// Ends what was accepted, and refuses what comes later.
    pub async fn close(&self) {
        self.inner.committers.close().await;
        self.inner.connections.close();
    }

    fn connections(&self) -> &Connections {
        &self.inner.connections
    }
}

/// The versions of the schema that the database lacks.
pub async fn pending(options: &Options, tls: impl Tls) -> Result<Vec<&'static str>, OpenError> {
    schema::pending(&*Connections::new(options, tls)?.one().await?).await
}

/// Puts them on, and says which they were.
pub async fn migrate(options: &Options, tls: impl Tls) -> Result<Vec<&'static str>, OpenError> {
    schema::migrate(&mut *Connections::new(options, tls)?.one().await?).await
}

impl Store for Postgres {
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        let begun = Instant::now();
        let written = self.inner.committers.commit(change).await;
        self.connections().watched.committed(begun, &written);
        written
    }

    async fn payment(&self, id: PaymentId) -> Read<Option<Payment>> {
        read::payment(self.connections(), id).await
    }

    async fn payments(
        &self,
        merchant: &MerchantId,
        before: Option<PaymentId>,
        limit: usize,
    ) -> Read<Vec<Payment>> {
        read::payments(self.connections(), merchant, before, limit).await
    }

    async fn holder(&self, key: &Key) -> Read<Option<String>> {
        read::holder(self.connections(), key).await
    }

    async fn idempotent(&self, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
        read::idempotent(self.connections(), key).await
    }

    async fn disposition(
        &self,
        account: &AccountId,
        notification: &str,
    ) -> Read<Option<Disposition>> {
        read::disposition(self.connections(), account, notification).await
    }

    async fn event(&self, id: EventId) -> Read<Option<MerchantEvent>> {
        read::event(self.connections(), id).await
    }

    async fn events(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<MerchantEvent>>> {
        read::events(self.connections(), merchant, after, limit).await
    }

    async fn delivery(&self, id: &DeliveryId) -> Read<Option<Delivery>> {
        read::delivery(self.connections(), id).await
    }

    async fn deliveries(&self, payment: PaymentId) -> Read<Vec<Delivery>> {
        read::deliveries(self.connections(), payment).await
    }

    async fn endpoint(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<Option<EndpointState>> {
        read::endpoint(self.connections(), merchant, endpoint).await
    }

    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        read::held(self.connections(), merchant, endpoint, limit).await
    }

    async fn unfinished(&self, merchant: &MerchantId) -> Read<Unfinished> {
        read::unfinished(self.connections(), merchant).await
    }

    async fn failing(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        before: Option<&DeliveryId>,
        limit: usize,
    ) -> Read<Vec<Delivery>> {
        look::failing(self.connections(), merchant, endpoint, before, limit).await
    }

    async fn by_trade_no(&self, channel_trade_no: &str, limit: usize) -> Read<Vec<PaymentId>> {
        look::by_trade_no(self.connections(), channel_trade_no, limit).await
    }

    async fn by_merchants_no(&self, number: &OrderNo, limit: usize) -> Read<Vec<PaymentId>> {
        look::by_merchants_no(self.connections(), number, limit).await
    }

    async fn audit(&self, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
        look::audit(self.connections(), pages, limit).await
    }

    async fn timeline(&self, payment: PaymentId) -> Read<Vec<Entry>> {
        read::timeline(self.connections(), payment).await
    }

    async fn lease(&self, now: Timestamp, lease: Duration, limit: usize) -> Read<Vec<Leased>> {
        queue::lease(self.connections(), now, lease, limit, self.time).await
    }

    async fn clock(&self) -> Read<Option<Timestamp>> {
        queue::clock(self.connections()).await
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        queue::next_due(self.connections()).await
    }

    async fn taken(&self, account: &AccountId, day: Day, currency: Currency) -> Read<Taken> {
        read::taken(self.connections(), account, day, currency).await
    }

    async fn balances(&self, books: &[Book]) -> Read<Vec<Balance>> {
        ledger::balances(self.connections(), books).await
    }

    async fn posting(&self, cause: &Cause) -> Read<Option<Posting>> {
        ledger::posting(self.connections(), cause).await
    }

    async fn journal(
        &self,
        merchant: &MerchantId,
        after: u64,
        limit: usize,
    ) -> Read<Vec<Stored<Posting>>> {
        ledger::journal(self.connections(), merchant, after, limit).await
    }

    async fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Read<Vec<Posting>> {
        ledger::moved(self.connections(), account, day, after, limit).await
    }

    async fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Read<Stretch> {
        ledger::stretch(self.connections(), merchant, currency, after, before).await
    }

    async fn imbalances(&self, limit: usize) -> Read<Vec<Imbalance>> {
        ledger::imbalances(self.connections(), limit).await
    }

    async fn transfer(&self, id: TransferId) -> Read<Option<Transfer>> {
        transfer::transfer(self.connections(), id).await
    }

    async fn transfers(
        &self,
        merchant: &MerchantId,
        before: Option<TransferId>,
        limit: usize,
    ) -> Read<Vec<Transfer>> {
        transfer::transfers(self.connections(), merchant, before, limit).await
    }

    async fn held_transfers(&self, limit: usize) -> Read<Vec<Transfer>> {
        transfer::held(self.connections(), limit).await
    }

    async fn bill(&self, account: &AccountId, bill: Bill) -> Read<Option<BillRecord>> {
        look::bill(self.connections(), account, bill).await
    }

    async fn bills(
        &self,
        account: Option<&AccountId>,
        before: Option<Day>,
        limit: usize,
    ) -> Read<Vec<BillRecord>> {
        look::bills(self.connections(), account, before, limit).await
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        read::managed(self.connections()).await
    }

    async fn managed_generation(&self) -> Read<u64> {
        read::managed_generation(self.connections()).await
    }

    async fn backlog(&self, now: Timestamp) -> Read<Backlog> {
        queue::backlog(self.connections(), now).await
    }

    async fn size(&self) -> Read<Option<u64>> {
        queue::size(self.connections()).await
    }

    fn watch(&self, watch: Watch) {
        self.connections().watched.by(watch);
    }

    async fn woken(&self) {
        self.inner.bell.rings().await;
    }
}

#[cfg(test)]
mod tests;
