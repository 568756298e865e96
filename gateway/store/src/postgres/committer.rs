//! The committers: a few tasks that each take what is queued, and write it as one batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Options;
use super::batch::{self, Outcome};
use super::bell::Rope;
use super::connect::Connections;
use super::fault::Failure;
use crate::watch::Sight;
use crate::{Change, CommitError, StoreError};

/// Changes in one batch: enough to share a round trip and an `fsync`. Each is a subtransaction,
/// and beyond 64 of them every snapshot in the server has to look them up on its disk.
const BATCH: usize = 48;
/// Changes waiting for a committer; beyond it the callers wait, unseen by the database.
const WAITING: usize = 1024;
/// Times that one change is tried against others before it is given up.
const TRIES: u32 = 4;
/// The first pause between two tries; it doubles.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) struct Job {
    pub(super) change: Change,
    pub(super) answer: oneshot::Sender<Outcome>,
}

type Queue = Arc<Mutex<mpsc::Receiver<Job>>>;

#[derive(Debug)]
pub(super) struct Committers {
    #[cfg(test)]
    committer: Arc<Committer>,
    jobs: mpsc::Sender<Job>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Committer {
    to: Connections,
    rope: Rope,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// For changes of spoiled batches, each on its own: fewer than may write, so that batches go on
    /// beside those that wait for a lock.
    alone: Arc<Semaphore>,
    /// So that two that met do not meet again.
    retries: AtomicU32,
}

impl Committers {
    /// Half of the connections at most: the other half reads while all of these write.
    pub(super) fn start(to: &Connections, options: &Options, rope: &Rope) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let committer = Arc::new(Committer {
            to: to.clone(),
            rope: rope.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
            alone: Arc::new(Semaphore::new(alone(options))),
            retries: AtomicU32::default(),
        });
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..options.connections.div_ceil(2) {
            tasks.spawn(Arc::clone(&committer).run(Arc::clone(&queue)));
        }
        tasks.close();
        Self {
            #[cfg(test)]
            committer,
            jobs,
            tasks,
            stop,
        }
    }

    /// Waits while the queue is full, and then until the batch is committed.
    pub(super) async fn commit(&self, change: Change) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let sent = self.jobs.send(Job { change, answer }).await;
        sent.map_err(|_| CommitError::Unavailable(StoreError("it is closed".into())))?;
        let gone = |_| Err(CommitError::Unknown(StoreError("its committer ended".into())));
        outcome.await.unwrap_or_else(gone)
    }

    /// As one batch, whatever else is queued.
    #[cfg(test)]
    pub(super) fn serve(&self, batch: Vec<Job>) -> impl Future<Output = ()> + use<> {
        Arc::clone(&self.committer).serve(batch)
    }

    /// How many batches and single changes are under way, and committers that wait for one.
    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        self.tasks.len()
    }

    /// Refuses what comes from now on, and ends what was queued.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

/// Half of those that write.
fn alone(options: &Options) -> usize {
    options.connections.div_ceil(2).div_ceil(2)
}

impl Committer {
    async fn run(self: Arc<Self>, queue: Queue) {
        while let Some(batch) = self.next_batch(&queue).await {
            Arc::clone(&self).serve(batch).await;
        }
    }

    /// One committer waits for a change, the others for the lock; it takes along what is queued.
    async fn next_batch(&self, queue: &Queue) -> Option<Vec<Job>> {
        let mut queue = queue.lock().await;
        let first = tokio::select! {
            job = queue.recv() => job,
            () = self.stop.cancelled() => {
                queue.close();
                queue.recv().await
            }
        };
        let mut batch = vec![first?];
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        Some(batch)
    }

    async fn serve(self: Arc<Self>, batch: Vec<Job>) {
        self.to.watched.see(Sight::Batch { changes: batch.len() });
        let (changes, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|it| (it.change, it.answer)).unzip();
        match self.write(&changes).await {
            Err(Failure::Spoiled(_)) if changes.len() > 1 => {
                let jobs = changes.into_iter().zip(answers);
                self.each_alone(jobs.map(|(change, answer)| Job { change, answer })).await;
            }
            written => self.answer(&changes, answers, written),
        }
    }

    /// One of them spoiled the batch, and only that one fails now. Whoever waits in vain for a lock
    /// holds a place of few; the others go past it, and this one takes no further batch before each
    /// has begun: the database is never asked for more than that.
    async fn each_alone(self: &Arc<Self>, jobs: impl Iterator<Item = Job>) {
        for Job { change, answer } in jobs {
            let place = Arc::clone(&self.alone).acquire_owned().await.ok();
            let own = Arc::clone(self);
            self.tasks.spawn(async move {
                let changes = [change];
                let written = own.write(&changes).await;
                own.answer(&changes, vec![answer], written);
                drop(place);
            });
        }
    }

    /// A transaction that met another is rolled back whole, so it is simply sent again.
    async fn write(&self, changes: &[Change]) -> Result<Vec<Outcome>, Failure> {
        for tried in 1..TRIES {
            match batch::run(&self.to, changes).await {
                Err(Failure::Conflict(error)) => {
                    tracing::warn!(%error, tried, "store.conflict");
                    tokio::time::sleep(self.pause(tried)).await;
                }
                written => return written,
            }
        }
        batch::run(&self.to, changes).await
    }

    fn pause(&self, tried: u32) -> Duration {
        let others = self.retries.fetch_add(1, Ordering::Relaxed) % 8;
        PAUSE * (1 << tried) + PAUSE * others
    }

    fn answer(
        &self,
        changes: &[Change],
        answers: Vec<oneshot::Sender<Outcome>>,
        written: Result<Vec<Outcome>, Failure>,
    ) {
        let outcomes = written.unwrap_or_else(|failure| failure.of_each(changes.len()));
        let mut work = changes.iter().zip(&outcomes).filter(|it| !it.0.tasks.is_empty());
        if work.any(|it| it.1.is_ok()) {
            self.rope.pull();
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Whoever asked may have left; what is written stands all the same.
            let _ = answer.send(outcome);
        }
    }
}
