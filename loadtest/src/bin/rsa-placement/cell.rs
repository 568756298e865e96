//! One measurement: one placement under one load, on a runtime of its own.

use std::os::unix::net::UnixStream as Sender;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::arrivals::{self, Arrivals};
use crate::placement::{Placement, Signer};
use loadtest::bare::{Keys, cpu_of_threads};

/// Connections of each kind.
const CONNECTIONS: usize = 64;
const TICK: Duration = Duration::from_millis(5);

pub(crate) struct Cell {
    pub(crate) workers: usize,
    pub(crate) places: u32,
    pub(crate) light_per_second: u64,
    pub(crate) signs_per_second: u64,
    pub(crate) time: Duration,
}

/// Latencies, and what they cost.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) light: Vec<Duration>,
    pub(crate) ticks: Vec<Duration>,
    pub(crate) signs: Vec<Duration>,
    pub(crate) shed: u64,
    /// Of the runtime and the signing threads, without the sender.
    pub(crate) cpu: Duration,
    pub(crate) elapsed: Duration,
}

/// What the tasks of one cell share.
struct Scene {
    begun: Instant,
    keys: Arc<Keys>,
    signer: Signer,
    places: Arc<Semaphore>,
    found: Mutex<Found>,
}

impl Cell {
    pub(crate) fn run(&self, placement: &Placement) -> anyhow::Result<Found> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.workers)
            .enable_all()
            .build()?;
        let keys = Arc::new(Keys::new()?);
        let scene = Arc::new(Scene {
            begun: Instant::now(),
            signer: Signer::new(*placement, Arc::clone(&keys)),
            keys,
            places: Arc::new(Semaphore::new(self.places as usize)),
            found: Mutex::default(),
        });
        runtime.block_on(self.drive(&scene))?;
        let found = std::mem::take(&mut *scene.found.lock().expect("nobody panics here"));
        Ok(found)
    }

    async fn drive(&self, scene: &Arc<Scene>) -> anyhow::Result<()> {
        let cpu = cpu_of_threads()?;
        let (mut readers, mut light, mut signs) = (JoinSet::new(), vec![], vec![]);
        for _ in 0..CONNECTIONS {
            let (sender, stream) = pair()?;
            light.push(sender);
            readers.spawn(notifications(Arc::clone(scene), stream));
            let (sender, stream) = pair()?;
            signs.push(sender);
            readers.spawn(requests(Arc::clone(scene), stream));
        }
        let ticker = tokio::spawn(tick(Arc::clone(scene)));
        let light = Arrivals { per_second: self.light_per_second, connections: light };
        let signs = Arrivals { per_second: self.signs_per_second, connections: signs };
        let (begun, time) = (scene.begun, self.time);
        let sender = thread::spawn(move || arrivals::send(light, signs, begun, time));
        readers.join_all().await;
        drop(scene.places.acquire_many(self.places).await?);
        ticker.abort();
        sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))?;
        let mut found = scene.found.lock().expect("nobody panics here");
        found.cpu = cpu_of_threads()?.saturating_sub(cpu);
        found.elapsed = begun.elapsed();
        Ok(())
    }
}

fn pair() -> anyhow::Result<(Sender, UnixStream)> {
    let (sender, receiver) = Sender::pair()?;
    receiver.set_nonblocking(true)?;
    Ok((sender, UnixStream::from_std(receiver)?))
}

/// The time since a record was written; none when there are no more.
async fn arrival(stream: &mut UnixStream) -> Option<Duration> {
    stream.read_u64().await.ok().map(Duration::from_nanos)
}

/// As a connection on which a channel sends its notifications.
async fn notifications(scene: Arc<Scene>, mut stream: UnixStream) {
    while let Some(at) = arrival(&mut stream).await {
        tokio::task::yield_now().await;
        scene.keys.verify();
        scene.note(|found, now| found.light.push(now.saturating_sub(at)));
    }
}

/// As a connection on which a merchant creates payments: each goes on by itself, or is shed.
async fn requests(scene: Arc<Scene>, mut stream: UnixStream) {
    while let Some(at) = arrival(&mut stream).await {
        let Ok(place) = Arc::clone(&scene.places).try_acquire_owned() else {
            scene.note(|found, _| found.shed += 1);
            continue;
        };
        let scene = Arc::clone(&scene);
        tokio::spawn(async move {
            scene.signer.sign().await;
            scene.note(|found, now| found.signs.push(now.saturating_sub(at)));
            drop(place);
        });
    }
}

/// As everything that waits for time: deadlines, the worker's poll.
async fn tick(scene: Arc<Scene>) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        let late = interval.tick().await.elapsed();
        scene.note(|found, _| found.ticks.push(late));
    }
}

impl Scene {
    fn note(&self, write: impl FnOnce(&mut Found, Duration)) {
        let now = self.begun.elapsed();
        write(&mut self.found.lock().expect("nobody panics here"), now);
    }
}
