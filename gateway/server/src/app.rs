//! The composition root: the only file where concrete things meet.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_channel::Channel;
use paymux_core::route::Candidate;
use paymux_core::{AccountId, MerchantId};
use paymux_engine::endpoint::Endpoint;
use paymux_engine::metrics::Metrics;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::{Account, Merchant, Snapshot};
use paymux_engine::{Gateway, Inner};
use paymux_store::Store;
use paymux_store::guard::LocalGuard;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Admin;
use crate::clock::RealWorld;
use crate::inbound::{self, Public};
use crate::keys::KeyKeeper;
use crate::ops::{Ops, Vitals};
use crate::settings::{self, Channels, Settings};
use crate::worker::{self, Pulse, Worker};
use crate::{courier, listen, outbound, registry};

/// The worker looks at the store many times in this time.
const STALE_AFTER: Duration = Duration::from_secs(30);
/// For what listeners do after their own grace.
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// A gateway that serves. Dropping it stops nothing; [`Running::stop`] does.
pub struct Running {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub ops: SocketAddr,
    /// Not ready any more: no connection, no task, no request is begun.
    stop: CancellationToken,
    /// The public and admin listeners, the worker and the keepers.
    tasks: TaskTracker,
    /// What says so until the end.
    ops_listener: (CancellationToken, TaskTracker),
    /// Requests that go on although their connection is gone.
    begun: TaskTracker,
    grace: Duration,
}

impl Running {
    /// Takes nothing new, ends what was begun, and returns, at the latest when the grace is over:
    /// what is unfinished then is found by its task.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.begun.close();
        let ended = async { tokio::join!(self.tasks.wait(), self.begun.wait()) };
        if tokio::time::timeout(self.grace, ended).await.is_err() {
            tracing::warn!("the grace is over; unfinished work is left to its tasks");
        }
        let (stop, listener) = self.ops_listener;
        stop.cancel();
        listener.close();
        listener.wait().await;
    }
}

/// The three listeners, bound before anything is built: their ports may be the system's choice.
struct Sockets {
    public: TcpListener,
    admin: TcpListener,
    ops: TcpListener,
}

impl Sockets {
    async fn bind(server: &settings::Server) -> Result<Self, StartError> {
        Ok(Self {
            public: bind(server.public).await?,
            admin: bind(server.admin).await?,
            ops: bind(server.ops).await?,
        })
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    listen::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Builds everything and begins to serve; requests are accepted when it returns.
pub async fn start<S: Store>(
    settings: &Settings,
    channels: &Channels,
    store: S,
) -> Result<Running, StartError> {
    let sockets = Sockets::bind(&settings.server).await?;
    let address = |it: &TcpListener| it.local_addr().expect("a bound socket has an address");
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let public = address(&sockets.public);
    let gateway = gateway(settings, public, channels, store);
    let running = Running {
        public,
        admin: address(&sockets.admin),
        ops: address(&sockets.ops),
        stop: stop.clone(),
        tasks: tasks.clone(),
        ops_listener: (CancellationToken::new(), TaskTracker::new()),
        begun: TaskTracker::new(),
        grace: settings.server.shutdown_grace + SECOND,
    };
    let pulse = Arc::new(Pulse::default());
    keep_keys(settings, &gateway, &stop, &tasks);
    let limits = worker_limits(&settings.worker);
    let worker =
        Worker { gateway: gateway.clone(), limits, pulse: Arc::clone(&pulse), stop: stop.clone() };
    tasks.spawn(worker.run());
    serve(settings, sockets, &gateway, pulse, &running);
    Ok(running)
}

/// Three listeners, three types of router: no route can be on the wrong one.
fn serve<S: Store>(
    settings: &Settings,
    sockets: Sockets,
    gateway: &Gateway<S>,
    pulse: Arc<Pulse>,
    running: &Running,
) {
    let vitals = Vitals { pulse, stale_after: STALE_AFTER, stopping: running.stop.clone() };
    let public = Public::new(gateway, &inbound_limits(&settings.limits), &running.begun);
    let limits = || listen_limits(settings);
    let (stop, tasks) = (&running.stop, &running.tasks);
    let public = public.into_service();
    tasks.spawn(listen::serve(sockets.public, public, limits(), stop.clone()));
    let admin = Admin::new(gateway).into_service();
    tasks.spawn(listen::serve(sockets.admin, admin, limits(), stop.clone()));
    // Last to go: until then it says that we are not ready, and counts what is being ended.
    let ops = Ops::new(gateway, vitals).into_service();
    let (stop, tasks) = &running.ops_listener;
    tasks.spawn(listen::serve(sockets.ops, ops, limits(), stop.clone()));
}

fn gateway<S: Store>(
    settings: &Settings,
    public: SocketAddr,
    channels: &Channels,
    store: S,
) -> Gateway<S> {
    let roots = outbound::system_roots();
    let metrics = Arc::new(Metrics::new());
    metrics.config_generation.set(1);
    let policy = courier::Policy {
        urls: courier::UrlPolicy {
            allow_private_addresses: settings.delivery.allow_private_addresses,
            allow_http: settings.delivery.allow_http,
            ports: settings.delivery.ports.clone(),
        },
        per_endpoint: settings.delivery.per_endpoint,
    };
    Gateway::new(Inner {
        store,
        guard: Arc::new(LocalGuard::default()),
        world: Arc::new(RealWorld::default()),
        snapshot: ArcSwap::from_pointee(snapshot(settings, public, channels, &roots)),
        courier: courier::courier(policy, &roots),
        metrics,
        signing: Signing::on(Handle::current().metrics().num_workers()),
        work: Notify::new(),
    })
}

fn snapshot(
    settings: &Settings,
    public: SocketAddr,
    channels: &Channels,
    roots: &Arc<rustls::RootCertStore>,
) -> Snapshot {
    let base = public_url(&settings.server.public_url, public);
    let accounts = channels.iter().map(|(id, channel)| {
        let kind = settings.accounts.get(id).map_or("", |it| it.channel.as_str());
        (id.clone(), Arc::new(account(settings, &base, id, kind, channel, roots)))
    });
    let merchants = settings
        .merchants
        .iter()
        .map(|(id, it)| (id.clone(), Arc::new(merchant(settings, channels, id, it))));
    Snapshot { generation: 1, accounts: accounts.collect(), merchants: merchants.collect() }
}

/// A port that the system chose is known only now.
fn public_url(url: &str, public: SocketAddr) -> String {
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", public.port()),
        None => url.to_owned(),
    }
}

fn account(
    settings: &Settings,
    base: &str,
    id: &AccountId,
    kind: &str,
    channel: &Arc<dyn Channel>,
    roots: &Arc<rustls::RootCertStore>,
) -> Account {
    Account {
        id: id.clone(),
        kind: kind.to_owned(),
        channel: ArcSwap::from_pointee(Arc::clone(channel)),
        outbound: outbound::outbound(&outbound_limits(&settings.outbound), roots),
        notify_url: format!("{base}/notify/{id}"),
        return_url: format!("{base}/return/{id}"),
        keys_wanted: Notify::new(),
    }
}

fn merchant(
    settings: &Settings,
    channels: &Channels,
    id: &MerchantId,
    merchant: &settings::Merchant,
) -> Merchant {
    let candidates = merchant.accounts.iter().filter_map(|account| {
        let channel = channels.get(account)?;
        Some(Candidate {
            account: account.clone(),
            channel: settings.accounts.get(account)?.channel.clone(),
            methods: channel.capabilities().methods.to_vec(),
        })
    });
    Merchant {
        id: id.clone(),
        candidates: candidates.collect(),
        api_keys: merchant.api_keys.clone(),
        endpoints: merchant.endpoints.iter().map(|it| Arc::new(endpoint(settings, it))).collect(),
        policy: merchant.policy,
    }
}

fn endpoint(settings: &Settings, it: &settings::Endpoint) -> Endpoint {
    Endpoint {
        id: it.id.clone(),
        url: it.url.clone(),
        secrets: it.secrets.clone(),
        ack: it.ack,
        schedule: it.schedule.clone(),
        timeout: it.timeout.unwrap_or(settings.delivery.timeout),
    }
}

/// Accounts whose channel publishes its keys have them fetched.
fn keep_keys<S: Store>(
    settings: &Settings,
    gateway: &Gateway<S>,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) {
    for (id, account) in &gateway.snapshot.load().accounts {
        let plugin = registry::plugin(&account.kind);
        let (Some(plugin), Some(own)) = (plugin, settings.accounts.get(id)) else { continue };
        if account.channel().capabilities().fetches_platform_keys {
            let keeper = KeyKeeper {
                gateway: gateway.clone(),
                account: Arc::clone(account),
                plugin,
                settings: own.settings.clone(),
                stop: stop.clone(),
            };
            tasks.spawn(keeper.run());
        }
    }
}

fn outbound_limits(settings: &settings::Outbound) -> outbound::Limits {
    outbound::Limits {
        per_second: at_least_one(settings.per_second),
        concurrency: settings.concurrency,
        connect_timeout: settings.connect_timeout,
        deadline: settings.deadline,
        breaker_failures: settings.breaker_failures,
        breaker_pause: settings.breaker_pause,
    }
}

/// The settings refuse zero; this says so to the compiler.
fn at_least_one(limit: u32) -> NonZeroU32 {
    NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN)
}

fn inbound_limits(limits: &settings::Limits) -> inbound::Limits {
    inbound::Limits {
        body_bytes: limits.body_bytes,
        body_timeout: limits.body_timeout,
        request_deadline: limits.request_deadline,
        merchant_per_second: at_least_one(limits.merchant_per_second),
        requests: limits.requests,
        notifications: limits.notifications,
        expires_in_default: limits.expires_in_default,
        expires_in_max: limits.expires_in_max,
    }
}

fn listen_limits(settings: &Settings) -> listen::Limits {
    listen::Limits {
        connections: settings.limits.connections,
        header_timeout: settings.limits.header_timeout,
        idle_timeout: settings.limits.idle_timeout,
        grace: settings.server.shutdown_grace,
    }
}

fn worker_limits(settings: &settings::Worker) -> worker::Limits {
    worker::Limits { concurrency: settings.concurrency, lease: settings.lease, poll: settings.poll }
}
