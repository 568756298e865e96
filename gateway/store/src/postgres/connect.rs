//! The pool: how connections are made, and what every one of them is told first.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Socket};

use super::{OpenError, Options, fault};
use crate::watch::{Sight, Watched};
use crate::{Read, StoreError};

/// No transaction of ours waits for its client: one that does has lost it.
const IDLE_IN_TRANSACTION: &str = "5s";
/// How soon a dead peer is noticed on a connection that is silent.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVES: u32 = 3;
/// How long what was sent may stay unconfirmed by the other side's kernel.
const UNCONFIRMED: Duration = Duration::from_secs(20);

/// What a network may add to the server's own timeouts.
const MARGIN: Duration = Duration::from_secs(2);

/// The connections of this node, and how long to wait for an answer on one.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pool: Pool,
    /// Half of the pool: the other half reads, whatever becomes of those that write.
    writers: Arc<Semaphore>,
    pub(super) patience: Duration,
    pub(super) watched: Watched,
}

impl Connections {
    pub(super) fn new(options: &Options, tls: impl Tls) -> Result<Self, OpenError> {
        let patience = options.connect_timeout + options.statement_timeout + MARGIN;
        let writers = Arc::new(Semaphore::new(options.connections.div_ceil(2)));
        Ok(Self { pool: pool(options, tls)?, writers, patience, watched: Watched::default() })
    }

    pub(super) async fn one(&self) -> Read<Object> {
        let begun = Instant::now();
        let one = self.pool.get().await;
        self.watched.see(Sight::Connection { waited: begun.elapsed() });
        one.map_err(|it| fault::unreachable(&it))
    }

    /// One to write with, and the place it holds until its statement has an end.
    pub(super) async fn writer(&self) -> Read<(Object, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.writers).acquire_owned();
        // So short that there is still time to say that nothing was sent.
        let place = tokio::time::timeout(self.patience / 2, place).await;
        let busy = || StoreError("all connections that write are taken".into());
        let place = place.map_err(|_| busy())?.map_err(|_| busy())?;
        Ok((self.one().await?, place))
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// What makes TLS connections; the program brings its own, so that this crate knows no TLS.
pub trait Tls:
    MakeTlsConnect<Socket, Stream: Send + Sync, TlsConnect: Ready> + Clone + Send + Sync + 'static
{
}

/// A handshake that may move between threads.
pub trait Ready: TlsConnect<Socket, Future: Send> + Send + Sync {}

impl<T: TlsConnect<Socket, Future: Send> + Send + Sync> Ready for T {}

impl<T> Tls for T where
    T: MakeTlsConnect<Socket, Stream: Send + Sync, TlsConnect: Ready>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// The primary alone: a standby may not have heard of the money yet.
pub(super) fn config(options: &Options) -> Config {
    let mut config = options.url.config.clone();
    config
        .application_name("paymux")
        .target_session_attrs(TargetSessionAttrs::ReadWrite)
        .connect_timeout(options.connect_timeout)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE)
        .keepalives_interval(KEEPALIVE)
        .keepalives_retries(KEEPALIVES)
        .tcp_user_timeout(UNCONFIRMED);
    config
}

fn pool(options: &Options, tls: impl Tls) -> Result<Pool, OpenError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config(options), tls, recycling);
    let hello = session(options);
    let hook = Hook::async_fn(move |client: &mut ClientWrapper, _| {
        let hello = hello.clone();
        Box::pin(async move { client.batch_execute(&hello).await.map_err(HookError::Backend) })
    });
    let pool = Pool::builder(manager)
        .max_size(options.connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(options.connect_timeout))
        .create_timeout(Some(options.connect_timeout))
        .recycle_timeout(Some(options.connect_timeout))
        .post_create(hook)
        .build();
    pool.map_err(|it| OpenError::Store(StoreError(it.to_string())))
}

/// Whatever the database's own defaults are. A commit that is not on disk would be no commit.
fn session(options: &Options) -> String {
    let (statement, lock) =
        (options.statement_timeout.as_millis(), options.lock_timeout.as_millis());
    format!(
        "SET statement_timeout = {statement}; SET lock_timeout = {lock};
        SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}';
        SET default_transaction_isolation = 'read committed'; SET jit = off;
        SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'"
    )
}
