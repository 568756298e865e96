//! The guard of a gateway that runs alone: a map in memory, bounded, forgetting what is oldest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Answer, Claim, Guard, Token};

/// How long a done mark saves work: a channel repeats its first notifications within minutes.
/// Also the longest lease.
pub const DONE_FOR: Duration = Duration::from_secs(600);
/// Entries, at some 300 bytes each; the database alone serves what is forgotten.
pub const CAPACITY: usize = 100_000;
/// Longer keys are not guarded: they come from outside, and memory is bounded by entries.
pub const LONGEST_KEY: usize = 256;

#[derive(Debug)]
pub struct LocalGuard {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    slots: BTreeMap<Arc<str>, Slot>,
    /// Claims and done marks by the end of their time.
    claims: BTreeSet<(Instant, Arc<str>)>,
    marks: BTreeSet<(Instant, Arc<str>)>,
    tokens: u64,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Claimed { token: Token, until: Instant },
    Done,
}

impl Default for LocalGuard {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl LocalGuard {
    pub fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guard for LocalGuard {
    fn is_shared(&self) -> bool {
        false
    }

    fn claim<'a>(&'a self, key: &'a str, lease: Duration) -> Answer<'a, Claim> {
        Box::pin(async move { self.lock().claim(key, lease, Instant::now(), self.capacity) })
    }

    fn settle<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move { self.lock().settle(key, token, Instant::now()) })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move { drop(self.lock().give_up(key, token)) })
    }
}

impl State {
    fn claim(&mut self, key: &str, lease: Duration, now: Instant, capacity: usize) -> Claim {
        self.forget(now);
        match self.slots.get(key).copied() {
            Some(Slot::Claimed { .. }) => Claim::Busy,
            Some(Slot::Done) => Claim::Done,
            None if key.len() > LONGEST_KEY || !self.make_room(capacity) => Claim::Away,
            None => Claim::Taken(self.take(key.into(), now + lease.min(DONE_FOR))),
        }
    }

    fn take(&mut self, key: Arc<str>, until: Instant) -> Token {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.claims.insert((until, key.clone()));
        self.slots.insert(key, Slot::Claimed { token, until });
        token
    }

    /// Nothing is done by whoever lost the claim.
    fn settle(&mut self, key: &str, token: Token, now: Instant) {
        self.forget(now);
        if let Some(key) = self.give_up(key, token) {
            self.marks.insert((now + DONE_FOR, key.clone()));
            self.slots.insert(key, Slot::Done);
        }
    }

    /// Compare and delete.
    fn give_up(&mut self, key: &str, token: Token) -> Option<Arc<str>> {
        let (key, slot) = self.slots.get_key_value(key)?;
        let (key, slot) = (key.clone(), *slot);
        match slot {
            Slot::Claimed { token: holder, until } if holder == token => {
                self.slots.remove(&key);
                self.claims.remove(&(until, key.clone()));
                Some(key)
            }
            Slot::Claimed { .. } | Slot::Done => None,
        }
    }

    fn forget(&mut self, now: Instant) {
        for set in [&mut self.claims, &mut self.marks] {
            while set.first().is_some_and(|(until, _)| *until <= now)
                && let Some((_, key)) = set.pop_first()
            {
                self.slots.remove(&key);
            }
        }
    }

    /// A done mark saves work; a claim in use is not taken from anyone.
    fn make_room(&mut self, capacity: usize) -> bool {
        if self.slots.len() < capacity {
            return true;
        }
        let oldest = self.marks.pop_first();
        oldest.is_some_and(|(_, key)| self.slots.remove(&key).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    async fn taken(guard: &LocalGuard, key: &str) -> Token {
        match guard.claim(key, LEASE).await {
            Claim::Taken(token) => token,
            other @ (Claim::Busy | Claim::Done | Claim::Away) => panic!("{key}: {other:?}"),
        }
    }

    async fn check(guard: &LocalGuard, key: &str, expect: Claim) {
        assert_eq!(guard.claim(key, LEASE).await, expect, "{key}");
    }

    fn entries(guard: &LocalGuard) -> [usize; 3] {
        let state = guard.lock();
        [state.slots.len(), state.claims.len(), state.marks.len()]
    }

    #[tokio::test(start_paused = true)]
    async fn it_keeps_what_every_guard_promises() {
        crate::conformance::guard::run(Arc::new(LocalGuard::default())).await;
    }

    #[tokio::test(start_paused = true)]
    async fn everything_is_forgotten_in_time() {
        let guard = LocalGuard::default();
        let token = taken(&guard, "a").await;
        guard.settle("a", token).await;
        taken(&guard, "b").await;
        tokio::time::advance(DONE_FOR - Duration::from_millis(1)).await;
        check(&guard, "a", Claim::Done).await;
        tokio::time::advance(Duration::from_millis(1)).await;
        let token = taken(&guard, "a").await;
        assert_eq!(entries(&guard), [1, 1, 0]);
        guard.release("a", token).await;
        assert_eq!(entries(&guard), [0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_guard_forgets_the_oldest_done_mark_and_never_a_claim() {
        let guard = LocalGuard::new(2);
        for key in ["a", "b"] {
            let token = taken(&guard, key).await;
            guard.settle(key, token).await;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        taken(&guard, "c").await;
        check(&guard, "b", Claim::Done).await;
        taken(&guard, "a").await;
        check(&guard, "d", Claim::Away).await;
        check(&guard, "c", Claim::Busy).await;
        assert_eq!(entries(&guard), [2, 2, 0]);
    }
}
