//! The writer: one thread, the only connection that writes, and one commit for many changes.

mod group;

use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::lock::Guest;
use super::queue::HandOut;
use super::{OpenError, fault, gone};
use crate::watch::{Sight, Watched};
use crate::{Change, CommitError, Leased, StoreError};

/// Changes in one commit: as many as come while the one before is synced, few enough to answer
/// soon.
const GROUP: usize = 256;
/// Where changes come close together, how long the first of a group waits for others: what a commit
/// costs by itself is then shared, and is a multiple of what a change costs.
const COMPANY: Duration = Duration::from_millis(1);
/// Changes waiting for the thread; beyond it the callers wait, unseen by the database.
const WAITING_CHANGES: usize = 1024;
/// Changes between two checkpoints: a log of some megabytes.
const CHECKPOINT_EVERY: usize = 1000;
/// Pages in the log (of 4 KiB) from which on a checkpoint waits for the readers and starts the
/// log over: else a stream of reads without a gap would let it grow without end.
const LONG_LOG: i64 = 16_384;

pub(super) enum Work {
    Commit(Box<Change>),
    Lease(HandOut),
}

/// A commit leases nothing.
type Reply = Result<Vec<Leased>, CommitError>;

struct Job {
    work: Work,
    answer: oneshot::Sender<Reply>,
}

enum Message {
    Job(Job),
    Close,
}

#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Message>,
    failed: watch::Receiver<bool>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        guest: Guest,
        watched: Watched,
    ) -> Result<Self, OpenError> {
        let (jobs, queue) = mpsc::channel(WAITING_CHANGES);
        let (alarm, failed) = watch::channel(false);
        let mut thread =
            Thread { connection, queue, alarm: Alarm(alarm), unchecked: 0, last: 0, watched };
        let builder = thread::Builder::new().name("store-write".into());
        let started = builder.spawn(move || {
            thread.run();
            drop(thread);
            drop(guest);
        });
        started.map_err(|it| OpenError::File("the writer's thread".into(), it))?;
        Ok(Self { jobs, failed })
    }

    pub(super) fn failed(&self) -> watch::Receiver<bool> {
        self.failed.clone()
    }

    /// Waits while the queue is full, and then until the group is committed.
    pub(super) async fn ask(&self, work: Work) -> Reply {
        let (answer, reply) = oneshot::channel();
        let sent = self.jobs.send(Message::Job(Job { work, answer })).await;
        sent.map_err(|_| CommitError::Unavailable(StoreError("it is closed".into())))?;
        reply.await.unwrap_or_else(|_| Err(CommitError::Unknown(gone())))
    }

    pub(super) async fn close(&self) {
        // An error says that it is closed.
        let _ = self.jobs.send(Message::Close).await;
    }
}

/// Says that the disk cannot be trusted, also when the thread panics.
struct Alarm(watch::Sender<bool>);

impl Alarm {
    fn raise(&self, error: &StoreError) {
        tracing::error!(%error, "store.failed");
        self.0.send_replace(true);
    }

    fn is_raised(&self) -> bool {
        *self.0.borrow()
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            self.raise(&StoreError("the writer panicked".into()));
        }
    }
}

struct Thread {
    connection: Connection,
    queue: mpsc::Receiver<Message>,
    alarm: Alarm,
    /// Changes since the last checkpoint.
    unchecked: usize,
    /// Changes of the last group.
    last: usize,
    watched: Watched,
}

impl Thread {
    fn run(&mut self) {
        while let Some(group) = self.next_group() {
            self.serve(group);
        }
        if !self.alarm.is_raised() {
            self.checkpoint("TRUNCATE");
        }
    }

    /// Waits for one job, and takes along what came meanwhile. Whoever comes alone is served at
    /// once.
    fn next_group(&mut self) -> Option<Vec<Job>> {
        let mut group = vec![];
        let first = self.queue.blocking_recv()?;
        self.sort(first, &mut group);
        self.take(&mut group);
        if self.last > 1 && group.len() < self.last {
            thread::sleep(COMPANY);
            self.take(&mut group);
        }
        self.last = group.len();
        Some(group)
    }

    fn take(&mut self, group: &mut Vec<Job>) {
        while group.len() < GROUP
            && let Ok(message) = self.queue.try_recv()
        {
            self.sort(message, group);
        }
    }

    fn sort(&mut self, message: Message, group: &mut Vec<Job>) {
        match message {
            // What is queued is still written.
            Message::Close => self.queue.close(),
            Message::Job(job) => group.push(job),
        }
    }

    fn serve(&mut self, group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        if self.alarm.is_raised() {
            return group::refuse(group, &StoreError("the disk failed".into()));
        }
        self.unchecked += group.len();
        self.watched.see(Sight::Batch { changes: group.len() });
        let ended = group::write(&self.connection, &group);
        // Before anyone hears of it: whoever is told "unknown" can see that the store failed.
        if let Err(failure) = &ended
            && failure.is_final()
        {
            self.alarm.raise(&failure.error());
        }
        group::answer(group, ended);
        if self.unchecked >= CHECKPOINT_EVERY && !self.alarm.is_raised() {
            self.checkpoint("PASSIVE");
        }
    }

    /// SQLite's own checkpoints would swallow an `fsync` error and forget the pages it was about.
    fn checkpoint(&mut self, mode: &str) {
        self.unchecked = 0;
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        match self.connection.query_row(&sql, [], |row| row.get::<_, i64>(1)) {
            Ok(pages) if pages > LONG_LOG && mode == "PASSIVE" => self.checkpoint("TRUNCATE"),
            Ok(_) => {}
            // The log keeps what found no room in the file.
            Err(error) if group::is_full(&error) => {
                tracing::warn!(%error, "store.not_checkpointed");
            }
            Err(error) => self.alarm.raise(&fault(&error)),
        }
    }
}
