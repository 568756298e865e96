//! The composition root: the only place where concrete things meet.

mod keepers;
mod limits;
mod snapshot;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_engine::metrics::Metrics;
use paymux_engine::signing::Signing;
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
use crate::inbound::Public;
use crate::ops::{Ops, Vitals};
use crate::settings::{self, Channels, Settings};
use crate::worker::{Pulse, Worker};
use crate::{courier, listen, outbound};

use keepers::keep_keys;
use limits::{courier_policy, inbound_limits, listen_limits, worker_limits};
use snapshot::snapshot;

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
    Gateway::new(Inner {
        store,
        guard: Arc::new(LocalGuard::default()),
        world: Arc::new(RealWorld::default()),
        snapshot: ArcSwap::from_pointee(snapshot(settings, public, channels, &roots, &metrics)),
        courier: courier::courier(courier_policy(&settings.delivery), &roots),
        metrics,
        signing: Signing::on(Handle::current().metrics().num_workers()),
        work: Notify::new(),
    })
}
