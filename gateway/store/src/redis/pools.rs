//! Connections to Redis: a single server, behind sentinels, or a cluster; one code runs on all.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_redis::sentinel::{SentinelNodeConnectionInfo, SentinelServerType, TlsMode};
use deadpool_redis::{PoolConfig, RedisConnectionInfo, Runtime, Timeouts, cluster, sentinel};
use redis::aio::ConnectionLike;
use redis::{ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo, RedisError};
use redis::{RedisResult, ScriptInvocation};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Each is used by one question at a time, for a fraction of a millisecond.
const CONNECTIONS: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topology {
    Single(Server),
    /// The sentinels, and the name under which they know the master.
    Sentinel {
        sentinels: Vec<Server>,
        master: String,
    },
    /// Some of its nodes; it tells the others.
    Cluster(Vec<Server>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
    /// Its certificate is verified, against the system's trust anchors.
    pub tls: bool,
}

#[derive(Clone, Default)]
pub struct Access {
    pub username: Option<String>,
    pub password: Option<String>,
    /// Of the sentinels themselves.
    pub sentinel_password: Option<String>,
    /// Zero in a cluster.
    pub database: u8,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("username", &self.username).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("redis cannot be used like this: {0}")]
pub struct InvalidTopology(String);

impl From<RedisError> for InvalidTopology {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

impl From<deadpool_redis::BuildError> for InvalidTopology {
    fn from(error: deadpool_redis::BuildError) -> Self {
        Self(error.to_string())
    }
}

pub(super) struct Pools {
    pool: Pool,
    /// One for each connection that there may be, made or being made.
    places: Arc<Semaphore>,
}

enum Pool {
    Single(deadpool_redis::Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

/// A connection of a pool, back in it before its place is free.
struct Lent<C> {
    connection: C,
    _place: OwnedSemaphorePermit,
}

/// Any failure of a question; what it says is for a log line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("no connection: {0}")]
    Connect(String),
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("no answer in time")]
    Late,
}

/// Pools of three types, asked alike.
macro_rules! lend {
    ($pools:ident, $pool:ident) => {{
        let pool = $pool.clone();
        $pools.lend(async move { pool.get().await })
    }};
}

impl Pools {
    pub(super) fn new(topology: &Topology, access: &Access) -> Result<Self, InvalidTopology> {
        let servers = |list: &[Server], access: &Access| {
            list.iter().map(|it| connection(it, access)).collect::<RedisResult<Vec<_>>>()
        };
        let pool = match topology {
            Topology::Single(server) => {
                let manager = deadpool_redis::Manager::new(connection(server, access)?)?;
                let pool = deadpool_redis::Pool::builder(manager).config(config());
                Pool::Single(pool.runtime(Runtime::Tokio1).build()?)
            }
            Topology::Sentinel { sentinels, master } => {
                let own =
                    Access { password: access.sentinel_password.clone(), ..Access::default() };
                let tls = sentinels.iter().any(|it| it.tls);
                let manager = sentinel::Manager::new(
                    servers(sentinels, &own)?,
                    master.clone(),
                    Some(behind_sentinels(access, tls)),
                    SentinelServerType::Master,
                )?;
                let pool = sentinel::Pool::builder(manager).config(config());
                Pool::Sentinel(pool.runtime(Runtime::Tokio1).build()?)
            }
            Topology::Cluster(nodes) => {
                let manager = cluster::Manager::new(servers(nodes, access)?, false)?;
                let pool = cluster::Pool::builder(manager).config(config());
                Pool::Cluster(pool.runtime(Runtime::Tokio1).build()?)
            }
        };
        Ok(Self { pool, places: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// A connection that failed is not used again: it may lead to a master that is none any more.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Failure> {
        match &self.pool {
            Pool::Single(pool) => {
                invoke(lend!(self, pool).await?, script, deadpool_redis::Connection::take).await
            }
            Pool::Sentinel(pool) => {
                invoke(lend!(self, pool).await?, script, sentinel::Connection::take).await
            }
            Pool::Cluster(pool) => {
                invoke(lend!(self, pool).await?, script, cluster::Connection::take).await
            }
        }
    }

    /// Whether it answers within `bound` on a connection that may take its own time to make.
    pub(super) async fn probe(&self, bound: Duration) -> bool {
        let probed = match &self.pool {
            Pool::Single(pool) => probe(lend!(self, pool), bound).await,
            Pool::Sentinel(pool) => probe(lend!(self, pool), bound).await,
            Pool::Cluster(pool) => probe(lend!(self, pool), bound).await,
        };
        probed.inspect_err(|error| tracing::debug!(%error, "redis.probed")).is_ok()
    }

    /// Whoever asks may leave before a new connection is made; the next one finds it in the pool.
    async fn lend<C: Send + 'static, E: fmt::Display>(
        &self,
        made: impl Future<Output = Result<C, E>> + Send + 'static,
    ) -> Result<Lent<C>, Failure> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(unconnected)?;
        let lent = tokio::spawn(async move {
            let made = tokio::time::timeout(super::CONNECT, made).await;
            let connection = made.map_err(|_| Failure::Late)?.map_err(unconnected)?;
            Ok(Lent { connection, _place: place })
        });
        lent.await.map_err(unconnected)?
    }
}

async fn invoke<C: ConnectionLike + Send, T: FromRedisValue, D>(
    mut lent: Lent<C>,
    script: &ScriptInvocation<'_>,
    discard: impl FnOnce(C) -> D,
) -> Result<T, Failure> {
    let answer = script.invoke_async(&mut lent.connection).await;
    answer.map_err(|error| {
        drop(discard(lent.connection));
        Failure::Redis(error)
    })
}

async fn probe<C: ConnectionLike>(
    lent: impl Future<Output = Result<Lent<C>, Failure>>,
    bound: Duration,
) -> Result<(), Failure> {
    let mut lent = lent.await?;
    let ping = redis::cmd("PING");
    let pong = ping.query_async::<String>(&mut lent.connection);
    tokio::time::timeout(bound, pong).await.map_err(|_| Failure::Late)??;
    Ok(())
}

fn unconnected(error: impl fmt::Display) -> Failure {
    Failure::Connect(error.to_string())
}

/// A connection found dead is noticed on its next use, and another is made.
fn config() -> PoolConfig {
    let timeouts = Timeouts { recycle: Some(super::CONNECT / 4), ..Timeouts::default() };
    PoolConfig { timeouts, ..PoolConfig::new(CONNECTIONS) }
}

fn connection(server: &Server, access: &Access) -> RedisResult<ConnectionInfo> {
    let Server { host, port, tls } = server.clone();
    let address = if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    let mut redis = redis::RedisConnectionInfo::default().set_db(access.database.into());
    if let Some(username) = &access.username {
        redis = redis.set_username(username);
    }
    if let Some(password) = &access.password {
        redis = redis.set_password(password);
    }
    Ok(address.into_connection_info()?.set_redis_settings(redis))
}

fn behind_sentinels(access: &Access, tls: bool) -> SentinelNodeConnectionInfo {
    SentinelNodeConnectionInfo {
        tls_mode: tls.then_some(TlsMode::Secure),
        redis_connection_info: Some(RedisConnectionInfo {
            db: access.database.into(),
            username: access.username.clone(),
            password: access.password.clone(),
            ..RedisConnectionInfo::default()
        }),
    }
}
