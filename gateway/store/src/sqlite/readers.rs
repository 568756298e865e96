//! The readers: a few threads, each with a connection that cannot write.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::lock::Guest;
use super::{OpenError, gone, open};
use crate::{Read, StoreError};

/// Reads are short and mostly in memory; more threads than cores would only wait for each other.
const READERS: usize = 4;
/// Reads waiting for a thread; beyond it the callers wait, unseen by the database.
const WAITING_READS: usize = 256;

type Query = Box<dyn FnOnce(&Connection) + Send>;

enum Job {
    Query(Query),
    Close,
}

#[derive(Debug)]
pub(super) struct Readers {
    jobs: mpsc::Sender<Job>,
}

impl Readers {
    pub(super) fn start(path: &Path, guest: &Guest) -> Result<Self, OpenError> {
        let (jobs, queue) = mpsc::channel(WAITING_READS);
        let queue = Arc::new(Mutex::new(queue));
        for number in 1..=READERS {
            let (connection, queue, guest) = (open::reader(path)?, queue.clone(), guest.clone());
            let thread = thread::Builder::new().name(format!("store-read-{number}"));
            let started = thread.spawn(move || {
                serve(&connection, &queue);
                drop((connection, guest));
            });
            started.map_err(|it| OpenError::File(path.into(), it))?;
        }
        Ok(Self { jobs })
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Read<T> + Send + 'static,
    ) -> Read<T> {
        let (answer, result) = oneshot::channel();
        let job = Job::Query(Box::new(move |it| {
            // Whoever asked may have left.
            let _ = answer.send(query(it));
        }));
        self.jobs.send(job).await.map_err(|_| StoreError("it is closed".into()))?;
        result.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) async fn close(&self) {
        // An error says that it is closed.
        let _ = self.jobs.send(Job::Close).await;
    }
}

fn serve(connection: &Connection, queue: &Mutex<mpsc::Receiver<Job>>) {
    while let Some(query) = next(queue) {
        query(connection);
    }
}

/// One thread waits for a job, the others for the lock. So whoever hears "close" closes while it
/// has the lock; what is queued is still answered, by whichever thread.
fn next(queue: &Mutex<mpsc::Receiver<Job>>) -> Option<Query> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match queue.blocking_recv()? {
            Job::Query(query) => return Some(query),
            Job::Close => queue.close(),
        }
    }
}
