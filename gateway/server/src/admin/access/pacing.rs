//! How often somebody may try to log in: by the browser they come with, by the address they come
//! from, and by the name they try.
//!
//! A browser that this name has come in with before has an account of its own, so nobody else's
//! tries can shut its owner out. All others share one: an address that fails too often is turned
//! away before anything is hashed, and at a name that fails too often one after the other waits.
//! An address has one place among those, so a crowd behind few addresses keeps nobody out.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use paymux_engine::problem::{self, Problem};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::browser::BrowserId;
use crate::inbound::failures::{Ledger, Origin, Terms, origin};

/// Somebody who forgot which password it was tries so often at once.
const BY_ADDRESS: Terms = Terms { free: 10, forgiven_after: Duration::from_secs(30) };
/// As often, with the browser that came in before.
const BY_BROWSER: Terms = Terms { free: 10, forgiven_after: Duration::from_secs(30) };
/// From all addresses together.
const BY_NAME: Terms = Terms { free: 20, forgiven_after: Duration::from_secs(60) };
/// Failures that stand in the audit log; the log itself tells of all.
const NOTED: Terms = Terms { free: 100, forgiven_after: Duration::from_secs(60) };
/// What each try costs at a name that failed too often.
const PAUSE: Duration = Duration::from_secs(2);
/// Places for those who wait at one such name: the last of them waits almost until the deadline.
const MAX_WAITING: usize = 12;
/// Passwords hashed at once: each costs a core and tens of megabytes. As many again for browsers
/// that are known, which wait behind no stranger.
const AT_ONCE: usize = 2;
/// Strangers who wait for that: some seconds' worth.
const MAX_QUEUED: usize = 32;
const RETRY_SECS: u32 = 30;
const CAPACITY: usize = 65_536;

pub(crate) struct Pacing {
    addresses: Mutex<Ledger<Origin>>,
    names: Mutex<Ledger<Name>>,
    browsers: Mutex<Ledger<BrowserId>>,
    waiting: Waiting,
    queue: Semaphore,
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
    noted: Mutex<Ledger<()>>,
}

/// Of whatever was typed: as short as the longest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name([u8; 8]);

/// Who tries: from where, as whom, and with which browser where that one came in before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comer<'a> {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user: &'a str,
    pub(crate) browser: Option<BrowserId>,
}

/// Names at which somebody waits.
type Waiting = Arc<Mutex<HashMap<Name, Line>>>;

/// One after the other, and one of each address.
struct Line {
    turn: Arc<Semaphore>,
    addresses: HashSet<Origin>,
}

/// A place in a line, until it is dropped.
struct Waits {
    waiting: Waiting,
    name: Name,
    address: Origin,
    turn: Arc<Semaphore>,
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = lock(&self.waiting);
        if let Some(line) = waiting.get_mut(&self.name) {
            line.addresses.remove(&self.address);
            if line.addresses.is_empty() {
                waiting.remove(&self.name);
            }
        }
    }
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            addresses: Mutex::new(Ledger::new(BY_ADDRESS, CAPACITY, Origin::Others)),
            names: Mutex::new(Ledger::new(BY_NAME, CAPACITY, Name([0; 8]))),
            browsers: Mutex::new(Ledger::new(BY_BROWSER, CAPACITY, BrowserId::default())),
            waiting: Arc::default(),
            queue: Semaphore::new(MAX_QUEUED),
            strangers: Arc::new(Semaphore::new(AT_ONCE)),
            known: Arc::new(Semaphore::new(AT_ONCE)),
            noted: Mutex::new(Ledger::new(NOTED, 1, ())),
        }
    }
}

fn name(text: &str) -> Name {
    let mut short = [0; 8];
    short.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..8]);
    Name(short)
}

impl Pacing {
    /// Waits for a place to hash in, and before it as long as the name has earned.
    pub(crate) async fn enter(&self, comer: Comer<'_>) -> Result<OwnedSemaphorePermit, Problem> {
        let now = Instant::now();
        // Counted before it is known whether it fails, so that no crowd gets past the count.
        let own = comer.browser.filter(|it| !lock(&self.browsers).note(*it, now));
        if own.is_some() {
            return place(&self.known).await;
        }
        let (address, name) = (origin(comer.address), name(comer.user));
        if lock(&self.addresses).note(address, now) {
            return Err(turned_away());
        }
        if lock(&self.names).note(name, now) {
            let waits = self.waits(name, address).ok_or_else(turned_away)?;
            let _turn = waits.turn.acquire().await.map_err(|_| turned_away())?;
            tokio::time::sleep(PAUSE).await;
        }
        let _queued = self.queue.try_acquire().map_err(|_| turned_away())?;
        place(&self.strangers).await
    }

    fn waits(&self, name: Name, address: Origin) -> Option<Waits> {
        let mut waiting = lock(&self.waiting);
        let line = waiting.entry(name).or_insert_with(|| Line {
            turn: Arc::new(Semaphore::new(1)),
            addresses: HashSet::new(),
        });
        let free = line.addresses.len() < MAX_WAITING && line.addresses.insert(address);
        let (waiting, turn) = (Arc::clone(&self.waiting), Arc::clone(&line.turn));
        free.then(|| Waits { waiting, name, address, turn })
    }

    /// Whether one more failure may stand in the audit log.
    pub(crate) fn failure_is_noted(&self) -> bool {
        !lock(&self.noted).note((), Instant::now())
    }

    /// It was no guess.
    pub(crate) fn succeeded(&self, comer: Comer<'_>) {
        if let Some(browser) = comer.browser {
            return lock(&self.browsers).forgive(browser);
        }
        lock(&self.addresses).forgive(origin(comer.address));
        lock(&self.names).forgive(name(comer.user));
    }
}

async fn place(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(of).acquire_owned().await.map_err(|_| turned_away())
}

fn lock<T>(table: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn turned_away() -> Problem {
    let detail = "too many failed log-ins from here or with this name; try again later, or with \
                  a browser that logged in before";
    Problem::new(problem::TOO_MANY_REQUESTS, detail).retry_after(RETRY_SECS)
}

#[cfg(test)]
mod tests;
