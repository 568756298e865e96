//! How often somebody may try to log in: by the address they come from, and by the name they try.
//!
//! An address that fails too often is turned away before anything is hashed. A name that fails too
//! often is still let try, one after the other and slowly, or a stranger could lock its owner out.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use paymux_engine::problem::{self, Problem};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::inbound::failures::{Ledger, Origin, Terms, origin};

/// Somebody who forgot which password it was tries so often at once.
const BY_ADDRESS: Terms = Terms { free: 10, forgiven_after: Duration::from_secs(30) };
/// From all addresses together.
const BY_NAME: Terms = Terms { free: 20, forgiven_after: Duration::from_secs(60) };
/// Failures that stand in the audit log; the log itself tells of all.
const NOTED: Terms = Terms { free: 100, forgiven_after: Duration::from_secs(60) };
/// What each try costs at a name that failed too often.
const PAUSE: Duration = Duration::from_secs(2);
/// More who wait there are turned away.
const MAX_WAITING: usize = 16;
/// Passwords hashed at once: each costs a core and tens of megabytes.
const AT_ONCE: usize = 2;
const RETRY_SECS: u32 = 30;
const CAPACITY: usize = 65_536;

pub(crate) struct Pacing {
    addresses: Mutex<Ledger<Origin>>,
    names: Mutex<Ledger<Name>>,
    waiting: Semaphore,
    turn: Semaphore,
    hashing: Arc<Semaphore>,
    noted: Mutex<Ledger<()>>,
}

/// Of whatever was typed: as short as the longest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name([u8; 8]);

impl Default for Pacing {
    fn default() -> Self {
        Self {
            addresses: Mutex::new(Ledger::new(BY_ADDRESS, CAPACITY, Origin::Others)),
            names: Mutex::new(Ledger::new(BY_NAME, CAPACITY, Name([0; 8]))),
            waiting: Semaphore::new(MAX_WAITING),
            turn: Semaphore::new(1),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
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
    pub(crate) async fn enter(
        &self,
        address: Option<IpAddr>,
        user: &str,
    ) -> Result<OwnedSemaphorePermit, Problem> {
        let now = Instant::now();
        // Counted before it is known whether it fails, so that no crowd gets past the count.
        if lock(&self.addresses).note(origin(address), now) {
            return Err(turned_away());
        }
        if lock(&self.names).note(name(user), now) {
            let _waits = self.waiting.try_acquire().map_err(|_| turned_away())?;
            let _turn = self.turn.acquire().await.map_err(|_| turned_away())?;
            tokio::time::sleep(PAUSE).await;
        }
        Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| turned_away())
    }

    /// Whether one more failure may stand in the audit log.
    pub(crate) fn failure_is_noted(&self) -> bool {
        !lock(&self.noted).note((), Instant::now())
    }

    /// It was no guess.
    pub(crate) fn succeeded(&self, address: Option<IpAddr>, user: &str) {
        lock(&self.addresses).forgive(origin(address));
        lock(&self.names).forgive(name(user));
    }
}

fn lock<K>(table: &Mutex<Ledger<K>>) -> std::sync::MutexGuard<'_, Ledger<K>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn turned_away() -> Problem {
    let detail = "too many failed log-ins from here or with this name; try again later";
    Problem::new(problem::TOO_MANY_REQUESTS, detail).retry_after(RETRY_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_guesses_is_turned_away_and_no_other() {
        let pacing = Pacing::default();
        for guess in 0..10 {
            let user = format!("user-{guess}");
            assert!(pacing.enter(Some(ip(1)), &user).await.is_ok(), "{user}");
        }
        assert!(pacing.enter(Some(ip(1)), "alice").await.is_err());
        assert!(pacing.enter(Some(ip(1)), "anyone").await.is_err());
        assert!(pacing.enter(Some(ip(2)), "alice").await.is_ok());
        tokio::time::advance(Duration::from_secs(31)).await;
        for _ in 0..99 {
            assert!(pacing.enter(Some(ip(1)), "alice").await.is_ok(), "one is forgiven");
            pacing.succeeded(Some(ip(1)), "alice");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_is_guessed_from_everywhere_is_slow_and_never_shut() {
        let pacing = Arc::new(Pacing::default());
        for guess in 0..20 {
            assert!(pacing.enter(Some(ip(guess)), "alice").await.is_ok());
        }
        let begun = Instant::now();
        assert!(pacing.enter(Some(ip(99)), "bob").await.is_ok());
        assert_eq!(begun.elapsed(), Duration::ZERO, "another name is as quick as ever");
        assert!(pacing.enter(Some(ip(99)), "alice").await.is_ok());
        assert_eq!(begun.elapsed(), PAUSE);
        let crowd = (100..117).map(|it| {
            let pacing = Arc::clone(&pacing);
            tokio::spawn(async move { pacing.enter(Some(ip(it)), "alice").await.is_ok() })
        });
        let crowd: Vec<_> = crowd.collect();
        let mut let_in = 0;
        for one in crowd {
            let_in += usize::from(one.await.unwrap());
        }
        assert_eq!((let_in, begun.elapsed()), (MAX_WAITING, PAUSE * 17));
    }
}
