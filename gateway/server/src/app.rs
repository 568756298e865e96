//! The composition root: the only place where concrete things meet.

pub(crate) mod certificates;
mod identity;
mod keepers;
pub(crate) mod leaving;
pub(crate) mod limits;
pub(crate) mod managing;
pub(crate) mod reload;
mod snapshot;
pub(crate) mod successor;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_engine::archive::Archive;
use paymux_engine::bell::Bell;
use paymux_engine::flow::sync::Questions;
use paymux_engine::lane::Lanes;
use paymux_engine::signing::Signing;
use paymux_engine::taken::TakenBook;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::Store;
use paymux_store::redis::InvalidTopology;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Admin;
use crate::admin::access::{Access, Desk};
use crate::admin::console::{EVERY, Sample, Series};
use crate::clock::RealWorld;
use crate::inbound::Public;
use crate::ops::{Ops, Vitals, Writes};
use crate::settings::{self, Channels, Driver, Problems, Roles, Settings};
use crate::worker::{Pulse, Worker};
use crate::{courier, listen, settlements, shared, signals, takings, traces};

use keepers::Keepers;
use limits::{courier_policy, inbound_limits, listen_limits, worker_limits};
use reload::{Cause, Reloader};
use snapshot::{Ground, snapshot};

/// The worker looks at the store many times in this time.
const STALE_AFTER: Duration = Duration::from_secs(30);
/// The folder of bills' files, beside the store.
const BILLS: &str = "paymux-bills";
/// For what listeners do after their own grace.
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Redis(#[from] InvalidTopology),
    #[error(transparent)]
    Identity(#[from] Problems),
}

/// A gateway that serves. Dropping it stops nothing; [`Running::stop`] does.
pub struct Running {
    /// None without the role `api`.
    pub public: Option<SocketAddr>,
    pub admin: SocketAddr,
    pub ops: SocketAddr,
    /// Not ready any more: no connection, no task, no request is begun.
    stop: CancellationToken,
    /// The public and admin listeners, the worker, the keepers and who reloads.
    tasks: TaskTracker,
    /// What says so until the end.
    ops_listener: (CancellationToken, TaskTracker),
    /// Requests that go on although their connection is gone.
    begun: TaskTracker,
    grace: Duration,
    access: Arc<Access>,
}

impl Running {
    /// Where the token of this run is; none where users are configured.
    pub fn token_file(&self) -> Option<PathBuf> {
        self.access.token_file()
    }

    /// Takes nothing new, ends what was begun, and returns, at the latest when the grace is over:
    /// what is unfinished then is found by its task.
    pub async fn stop(self) {
        self.stop.cancel();
        self.access.end_run();
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

/// The listeners, bound before anything is built: their ports may be the system's choice.
struct Sockets {
    public: Option<TcpListener>,
    admin: TcpListener,
    ops: TcpListener,
}

impl Sockets {
    async fn bind(server: &settings::Server, roles: Roles) -> Result<Self, StartError> {
        let public = if roles.api { Some(bind(server.public).await?) } else { None };
        Ok(Self { public, admin: bind(server.admin).await?, ops: bind(server.ops).await? })
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    listen::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn address(socket: &TcpListener) -> SocketAddr {
    socket.local_addr().expect("a bound socket has an address")
}

/// Builds everything and begins to serve; requests are accepted when it returns.
pub async fn start<S: Store>(
    settings: &Settings,
    channels: &Channels,
    store: S,
) -> Result<Running, StartError> {
    let sockets = Sockets::bind(&settings.server, settings.roles).await?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let public = sockets.public.as_ref().map(address);
    let ground = Ground::new(settings, public)?;
    // The last that can fail: a start that fails writes nothing.
    identity::bind(&store, settings, channels).await?;
    let writes = Arc::new(Writes::default());
    let gateway = gateway(settings, &ground, channels, store, &writes);
    let running = Running {
        public,
        admin: address(&sockets.admin),
        ops: address(&sockets.ops),
        stop: stop.clone(),
        tasks: tasks.clone(),
        ops_listener: (CancellationToken::new(), TaskTracker::new()),
        begun: TaskTracker::new(),
        grace: settings.server.shutdown_grace + SECOND,
        access: Arc::clone(&ground.access),
    };
    let keepers = Keepers::new(gateway.clone(), stop.clone(), tasks.clone());
    let reloader = Reloader::new(gateway.clone(), ground, keepers, settings.clone());
    let reloader = Arc::new(reloader);
    let access = reloader.access();
    access.begin_run(&run_folder(settings), running.admin.port(), &*gateway.world);
    reload_when_asked(settings, &reloader, &running);
    // Before the first payment: a cap that was reached is not forgotten by a restart.
    gateway.refresh_taken().await;
    tasks.spawn(takings::keep(gateway.clone(), stop.clone()));
    tasks.spawn(settlements::want(gateway.clone(), stop.clone()));
    let pulse = settings.roles.worker.then(|| work(settings, &gateway, &running));
    let vitals = Vitals { pulse, stale_after: STALE_AFTER, writes, stopping: running.stop.clone() };
    serve(settings, sockets, &gateway, (vitals, reloader), &running);
    Ok(running)
}

/// By SIGHUP, and when files change; the admin listener asks by itself.
fn reload_when_asked<S: Store>(
    settings: &Settings,
    reloader: &Arc<Reloader<S>>,
    running: &Running,
) {
    let Running { stop, tasks, .. } = running;
    let (own, mut hang_ups) = (Arc::clone(reloader), signals::hang_ups());
    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
        while hang_ups.recv().await.is_some() {
            // Told by itself.
            drop(own.reload(Cause::Signal).await);
        }
    }));
    if let Some(file) = &settings.file
        && !settings.reload.watch.is_zero()
    {
        let every = settings.reload.watch;
        tasks.spawn(watch::watch(Arc::clone(reloader), file.clone(), every, stop.clone()));
    }
}

fn work<S: Store>(settings: &Settings, gateway: &Gateway<S>, running: &Running) -> Arc<Pulse> {
    let pulse = Arc::new(Pulse::default());
    let (limits, stop) = (worker_limits(&settings.worker), running.stop.clone());
    let worker = Worker { gateway: gateway.clone(), limits, pulse: Arc::clone(&pulse), stop };
    running.tasks.spawn(worker.run());
    pulse
}

/// Three listeners, three types of router: no route can be on the wrong one.
fn serve<S: Store>(
    settings: &Settings,
    sockets: Sockets,
    gateway: &Gateway<S>,
    (vitals, reloader): (Vitals, Arc<Reloader<S>>),
    running: &Running,
) {
    let limits = |listener| listen_limits(settings, &gateway.metrics, listener);
    let (stop, tasks) = (&running.stop, &running.tasks);
    if let Some(socket) = sockets.public {
        let public = Public::new(gateway, &inbound_limits(settings), &running.begun);
        tasks.spawn(listen::serve(socket, public.into_service(), limits("public"), stop.clone()));
    }
    let series = Arc::new(Series::default());
    tasks.spawn(draw(gateway.clone(), Arc::clone(&series), stop.clone()));
    let access = reloader.access();
    let desk = Desk { gateway: gateway.clone(), access, reloader: Some(reloader), series };
    let admin = Admin::new(&desk, inbound_limits(settings).proxies).into_service();
    tasks.spawn(listen::serve(sockets.admin, admin, limits("admin"), stop.clone()));
    // Last to go: until then it says that we are not ready, and counts what is being ended.
    let ops = Ops::new(gateway, vitals).into_service();
    let (stop, tasks) = &running.ops_listener;
    tasks.spawn(listen::serve(sockets.ops, ops, limits("ops"), stop.clone()));
}

/// Keeps what the console's charts show.
async fn draw<S: Store>(gateway: Gateway<S>, series: Arc<Series>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let backlog = gateway.store.backlog(gateway.now()).await.unwrap_or_default();
        let counted = Sample::counted(&gateway.metrics);
        series.push(Sample { open: backlog.tasks, due: backlog.due, ..counted });
    }
}

/// Where the run's own token is written: beside the store or, where that is elsewhere, beside the
/// configuration.
fn run_folder(settings: &Settings) -> PathBuf {
    let beside = match &settings.store.driver {
        Driver::Sqlite { path } => path.parent(),
        Driver::Memory | Driver::Postgres(_) => settings.file.as_ref().and_then(|it| it.parent()),
    };
    beside.map_or_else(std::env::temp_dir, |it| {
        if it.as_os_str().is_empty() { ".".into() } else { it.to_owned() }
    })
}

fn gateway<S: Store>(
    settings: &Settings,
    ground: &Ground,
    channels: &Channels,
    store: S,
    writes: &Arc<Writes>,
) -> Gateway<S> {
    let metrics = Arc::clone(&ground.metrics);
    metrics.config_generation.set(1);
    let (watching, writes) = (Arc::clone(&metrics), Arc::clone(writes));
    store.watch(Box::new(move |sight| {
        watching.store(sight);
        writes.see(sight);
    }));
    let roles = settings.roles.to_string();
    metrics.info.with_label_values(&[env!("CARGO_PKG_VERSION"), &roles]).set(1);
    Gateway::new(Inner {
        store,
        guard: shared::guard(ground.redis.as_ref()),
        world: Arc::new(RealWorld::default()),
        snapshot: ArcSwap::from_pointee(snapshot(settings, channels, ground, None)),
        courier: courier::courier(courier_policy(&settings.delivery), &ground.roots),
        lanes: Lanes::default(),
        traces: traces::kept(&metrics),
        metrics,
        signing: Signing::on(Handle::current().metrics().num_workers()),
        taken: TakenBook::default(),
        tokens: shared::tokens(ground.redis.as_ref()),
        questions: Questions::default(),
        archive: Archive::in_folder(run_folder(settings).join(BILLS)),
        watchers: Watchers::default(),
        bell: Bell::default(),
    })
}

#[cfg(test)]
mod tests;
