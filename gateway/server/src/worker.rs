//! The other half of the ring: leases due tasks, and lets the engine do the one thing each names.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use paymux_core::Timestamp;
use paymux_engine::Gateway;
use paymux_store::{Leased, Store};
use prometheus::IntGauge;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks taken from the store at once: enough to share its round trip, few enough to share work
/// with other nodes.
const BATCH: usize = 64;

/// How long the last task of a batch holds up the next batch, where places are few.
const MUSTER: Duration = Duration::from_millis(2);

#[derive(Clone, Debug)]
pub struct Limits {
    /// Tasks worked on at once.
    pub concurrency: usize,
    /// How long a task is ours; longer than any one task takes.
    pub lease: Duration,
    /// The slow look that makes up for a bell that was not heard.
    pub poll: Duration,
}

enum Taken {
    /// As many as there were places, or as are taken at once.
    All,
    Fewer,
}

/// When the worker last looked at the store, for readiness.
#[derive(Debug, Default)]
pub struct Pulse(AtomicI64);

impl Pulse {
    fn beat(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    pub fn last(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

pub struct Worker<S> {
    pub gateway: Gateway<S>,
    pub limits: Limits,
    pub pulse: Arc<Pulse>,
    pub stop: CancellationToken,
}

impl<S: Store> Worker<S> {
    /// Until stopped; then what was begun is ended, and nothing new is taken.
    pub async fn run(self) {
        let places = Arc::new(Semaphore::new(self.limits.concurrency));
        let shown = i64::try_from(self.limits.concurrency).unwrap_or(i64::MAX);
        self.gateway.metrics.worker_places.set(shown);
        let running = TaskTracker::new();
        while !self.stop.is_cancelled() {
            // Where as many were taken as could be, there are most likely more.
            match self.take(&places, &running).await {
                Taken::All => self.wait_for_places(&places).await,
                Taken::Fewer => self.rest().await,
            }
        }
        running.close();
        running.wait().await;
    }

    /// Takes as many tasks as there are places, and begins them.
    async fn take(&self, places: &Arc<Semaphore>, running: &TaskTracker) -> Taken {
        let limit = places.available_permits().min(BATCH);
        let now = self.gateway.now();
        self.pulse.beat(now);
        if limit == 0 {
            return Taken::All;
        }
        let leased = match self.gateway.store.lease(now, self.limits.lease, limit).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::warn!(%error, "tasks.not_leased");
                // A failing store is asked slowly.
                self.sleep(self.limits.poll).await;
                return Taken::Fewer;
            }
        };
        let taken = if leased.len() < limit { Taken::Fewer } else { Taken::All };
        for lease in leased {
            let place = Arc::clone(places).try_acquire_owned();
            let gateway = self.gateway.clone();
            running.spawn(async move {
                let _place = place;
                work(&gateway, &lease, now).await;
            });
        }
        taken
    }

    /// Until something is due or a bell rings: this node's, or another's.
    async fn rest(&self) {
        self.gateway.bell.wonder();
        let pause = self.pause().await;
        self.gateway.bell.look_at(self.gateway.now().after(pause));
        tokio::select! {
            () = self.gateway.bell.rung() => {}
            () = self.gateway.store.woken() => {}
            () = self.sleep(pause) => {}
        }
    }

    /// For enough places that tasks are taken together, or at least for one.
    async fn wait_for_places(&self, places: &Semaphore) {
        let enough = u32::try_from(self.limits.concurrency.min(BATCH).div_ceil(4)).unwrap_or(1);
        let some = async {
            if tokio::time::timeout(MUSTER, places.acquire_many(enough)).await.is_err() {
                drop(places.acquire().await);
            }
        };
        self.stop.run_until_cancelled(some).await;
    }

    async fn sleep(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    async fn pause(&self) -> Duration {
        let next = self.gateway.store.next_due().await.ok().flatten();
        let now = self.gateway.now();
        next.map_or(self.limits.poll, |due| due.since(now).min(self.limits.poll))
            .max(Duration::from_millis(1))
    }
}

/// One task that is counted until it has ended, however it ends.
struct Running(IntGauge);

impl Running {
    fn begin(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn work<S: Store>(gateway: &Gateway<S>, lease: &Leased, now: Timestamp) {
    let (task, late) = (lease.kind.name(), now.since(lease.due));
    gateway.metrics.task_lag_seconds.with_label_values(&[task]).observe(late.as_secs_f64());
    let running = Running::begin(&gateway.metrics.worker_tasks_running);
    let outcome = gateway.work(lease).await;
    drop(running);
    gateway.metrics.tasks.with_label_values(&[task, outcome]).inc();
}
