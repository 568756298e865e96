//! The candidates: every place where a request could have its signature made.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::{Semaphore, oneshot};

use loadtest::bare::Keys;

/// Signatures that may wait for a pool; whoever comes later waits to be let in.
const POOL_QUEUE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Placement {
    Inline,
    /// At most so many at once, on the workers.
    Bounded(usize),
    /// The same, and whoever got a place lets the others go first.
    Yielding(usize),
    InPlace,
    /// At most so many at once, on tokio's threads for blocking work.
    Blocking(usize),
    /// On so many threads of our own.
    Pool(usize),
}

impl Placement {
    pub(crate) fn candidates(workers: usize) -> Vec<Self> {
        let (less, half) = ((workers - 1).max(1), (workers / 2).max(1));
        let mut all = vec![
            Self::Inline,
            Self::Bounded(workers * 2),
            Self::Bounded(less),
            Self::Yielding(Semaphore::MAX_PERMITS),
            Self::Yielding(workers * 2),
            Self::Yielding(workers),
            Self::InPlace,
            Self::Blocking(workers),
            Self::Blocking(half),
            Self::Pool(less),
            Self::Pool(half),
        ];
        all.dedup();
        all
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline => f.write_str("inline"),
            Self::Bounded(places) => write!(f, "inline, semaphore of {places}"),
            Self::Yielding(Semaphore::MAX_PERMITS) => f.write_str("inline after a yield"),
            Self::Yielding(places) => write!(f, "inline, semaphore of {places}, then a yield"),
            Self::InPlace => f.write_str("`block_in_place`"),
            Self::Blocking(places) => write!(f, "`spawn_blocking`, semaphore of {places}"),
            Self::Pool(threads) => write!(f, "pool of {threads}"),
        }
    }
}

/// A placement at work.
pub(crate) enum Signer {
    Inline(Arc<Keys>),
    Bounded(Arc<Keys>, Semaphore),
    Yielding(Arc<Keys>, Semaphore),
    InPlace(Arc<Keys>),
    Blocking(Arc<Keys>, Semaphore),
    Pool(Pool),
}

impl Signer {
    pub(crate) fn new(placement: Placement, keys: Arc<Keys>) -> Self {
        match placement {
            Placement::Inline => Self::Inline(keys),
            Placement::Bounded(places) => Self::Bounded(keys, Semaphore::new(places)),
            Placement::Yielding(places) => Self::Yielding(keys, Semaphore::new(places)),
            Placement::InPlace => Self::InPlace(keys),
            Placement::Blocking(places) => Self::Blocking(keys, Semaphore::new(places)),
            Placement::Pool(threads) => Self::Pool(Pool::new(threads, &keys)),
        }
    }

    pub(crate) async fn sign(&self) {
        match self {
            Self::Inline(keys) => keys.sign(),
            Self::Bounded(keys, places) => {
                let _place = places.acquire().await.expect("it is never closed");
                keys.sign();
            }
            Self::Yielding(keys, places) => {
                let _place = places.acquire().await.expect("it is never closed");
                tokio::task::yield_now().await;
                keys.sign();
            }
            Self::InPlace(keys) => tokio::task::block_in_place(|| keys.sign()),
            Self::Blocking(keys, places) => {
                let _place = places.acquire().await.expect("it is never closed");
                let keys = Arc::clone(keys);
                tokio::task::spawn_blocking(move || keys.sign()).await.expect("signing is safe");
            }
            Self::Pool(pool) => pool.sign().await,
        }
    }
}

/// Threads that sign and do nothing else; they end when the pool is dropped.
pub(crate) struct Pool {
    places: Semaphore,
    queue: Sender<oneshot::Sender<()>>,
}

impl Pool {
    fn new(threads: usize, keys: &Arc<Keys>) -> Self {
        let (queue, orders) = channel();
        let orders = Arc::new(Mutex::new(orders));
        for _ in 0..threads {
            let (keys, orders) = (Arc::clone(keys), Arc::clone(&orders));
            thread::spawn(move || work(&keys, &orders));
        }
        Self { places: Semaphore::new(POOL_QUEUE), queue }
    }

    async fn sign(&self) {
        let _place = self.places.acquire().await.expect("it is never closed");
        let (done, signed) = oneshot::channel();
        self.queue.send(done).expect("the threads outlive the pool");
        signed.await.expect("each order is answered");
    }
}

fn work(keys: &Keys, orders: &Mutex<Receiver<oneshot::Sender<()>>>) {
    loop {
        let order = orders.lock().expect("nobody panics here").recv();
        let Ok(order) = order else { return };
        keys.sign();
        let _ = order.send(());
    }
}
