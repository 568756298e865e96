//! The readers: a few threads, each with a connection that cannot write.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::lock::Guest;
use super::{OpenError, gone, open};
use crate::{Read, StoreError};

/// Reads are short and mostly in memory; more threads than cores would only wait for each other.
const READERS: usize = 4;
/// Reads waiting for a thread; beyond it the callers wait, unseen by the database.
const WAITING_READS: usize = 256;

type Query = Box<dyn FnOnce(&Connection) + Send>;

#[derive(Debug)]
pub(super) struct Readers {
    desk: Arc<Desk>,
}

/// Where queries wait for a thread: each wakes one, and no thread waits for another.
struct Desk {
    queue: Mutex<Queue>,
    news: Condvar,
    room: Arc<Semaphore>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Query>,
    is_closed: bool,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("room", &self.room).finish_non_exhaustive()
    }
}

impl Readers {
    pub(super) fn start(path: &Path, guest: &Guest) -> Result<Self, OpenError> {
        let room = Arc::new(Semaphore::new(WAITING_READS));
        let desk = Arc::new(Desk { queue: Mutex::default(), news: Condvar::new(), room });
        // From here on the threads end with it, also where one cannot be started.
        let readers = Self { desk };
        for number in 1..=READERS {
            let (connection, guest) = (open::reader(path)?, guest.clone());
            let desk = Arc::clone(&readers.desk);
            let thread = thread::Builder::new().name(format!("store-read-{number}"));
            let started = thread.spawn(move || {
                while let Some(query) = desk.next() {
                    // Who asked hears that it is gone. The thread is there for the next.
                    let _ = catch_unwind(AssertUnwindSafe(|| query(&connection)));
                }
                drop((connection, guest));
            });
            started.map_err(|it| OpenError::File(path.into(), it))?;
        }
        Ok(readers)
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Read<T> + Send + 'static,
    ) -> Read<T> {
        let (answer, result) = oneshot::channel();
        let place = Arc::clone(&self.desk.room).acquire_owned().await;
        let place = place.map_err(|_| StoreError("it is closed".into()))?;
        self.desk.put(Box::new(move |it| {
            drop(place);
            // Whoever asked may have left.
            let _ = answer.send(query(it));
        }))?;
        result.await.unwrap_or_else(|_| Err(gone()))
    }

    /// What is queued is still answered.
    pub(super) fn close(&self) {
        self.desk.close();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.desk.close();
    }
}

impl Desk {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, query: Query) -> Result<(), StoreError> {
        let mut queue = self.queue();
        if queue.is_closed {
            return Err(StoreError("it is closed".into()));
        }
        queue.waiting.push_back(query);
        drop(queue);
        self.news.notify_one();
        Ok(())
    }

    /// None once it is closed and nothing waits.
    fn next(&self) -> Option<Query> {
        let idle = |it: &mut Queue| it.waiting.is_empty() && !it.is_closed;
        let queue = self.news.wait_while(self.queue(), idle);
        queue.unwrap_or_else(PoisonError::into_inner).waiting.pop_front()
    }

    fn close(&self) {
        self.queue().is_closed = true;
        self.room.close();
        self.news.notify_all();
    }
}

#[cfg(test)]
mod tests;
