//! Who fails to authenticate too often waits for the next answer, so that guessing is slow.
//!
//! Nobody is refused for it: behind the same address stands a shop with the right key.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use paymux_engine::Gateway;
use paymux_engine::metrics::Metrics;
use paymux_store::Store;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::authenticate::Reason;
use super::client::Client;

/// A shop that changes its keys may fail so often at once.
const TERMS: Terms = Terms { free: 20, forgiven_after: Duration::from_secs(6) };
/// What each failure beyond costs its caller, and its caller alone: it holds no place.
const PAUSE: Duration = Duration::from_secs(2);
/// Answers that wait at once, at some KiB each. More are given at once: whoever has so many
/// connections is not slowed by any of them.
const MAX_WAITING: usize = 4096;
/// Addresses, at some 64 bytes each. More of them share one account.
const MAX_ADDRESSES: usize = 65_536;
/// A full table is tidied no more often.
const TIDY_EVERY: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Failures {
    table: Arc<Mutex<Ledger<Origin>>>,
    waiting: Arc<Semaphore>,
}

impl Default for Failures {
    fn default() -> Self {
        let table = Ledger::new(TERMS, MAX_ADDRESSES, Origin::Others);
        Self { table: Arc::new(Mutex::new(table)), waiting: Arc::new(Semaphore::new(MAX_WAITING)) }
    }
}

/// How many failures are free at once, and when one more is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) free: u32,
    pub(crate) forgiven_after: Duration,
}

/// Who has failed how often: an account each, as far as there is room.
pub(crate) struct Ledger<K> {
    terms: Terms,
    capacity: usize,
    /// Whose account it is for all that find no room.
    others: K,
    /// When all failures of an account are forgiven.
    forgiven_at: HashMap<K, Instant>,
    tidied_at: Option<Instant>,
}

/// Whoever has one address of an IPv6 network has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    V4([u8; 4]),
    V6([u8; 8]),
    /// All that the table has no room for, and all whose address is not known.
    Others,
}

pub(crate) async fn slow<S: Store>(
    State((gateway, failures)): State<(Gateway<S>, Failures)>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<Client>().copied().unwrap_or_default();
    let response = next.run(request).await;
    let failed = response.extensions().get::<Reason>().is_some();
    if failed && failures.note(client, Instant::now()) {
        failures.wait(&gateway.metrics).await;
    }
    response
}

impl Failures {
    async fn wait(&self, metrics: &Metrics) {
        if let Ok(_waiting) = self.waiting.try_acquire() {
            metrics.authentications_slowed.inc();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether this one was one too many.
    fn note(&self, client: Client, now: Instant) -> bool {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.note(origin(client.address.or(client.peer)), now)
    }
}

impl<K: Copy + Eq + Hash> Ledger<K> {
    pub(crate) fn new(terms: Terms, capacity: usize, others: K) -> Self {
        Self { terms, capacity, others, forgiven_at: HashMap::new(), tidied_at: None }
    }

    /// Whether this one was one too many.
    pub(crate) fn note(&mut self, who: K, now: Instant) -> bool {
        let Terms { free, forgiven_after } = self.terms;
        let who = self.room_for(who, now);
        let account = self.forgiven_at.entry(who).or_insert(now);
        let next = (*account).max(now) + forgiven_after;
        let is_over = next.duration_since(now) > forgiven_after * free;
        // What is over is not owed: the account is never longer than its limit.
        if !is_over {
            *account = next;
        }
        is_over
    }

    /// What was noted was no failure.
    pub(crate) fn forgive(&mut self, who: K) {
        let who = if self.forgiven_at.contains_key(&who) { who } else { self.others };
        if let Some(account) = self.forgiven_at.get_mut(&who) {
            *account = account.checked_sub(self.terms.forgiven_after).unwrap_or(*account);
        }
    }

    fn room_for(&mut self, who: K, now: Instant) -> K {
        if self.forgiven_at.contains_key(&who) || self.forgiven_at.len() < self.capacity {
            return who;
        }
        if self.tidied_at.is_none_or(|it| now.duration_since(it) >= TIDY_EVERY) {
            self.tidied_at = Some(now);
            self.forgiven_at.retain(|_, it| *it > now);
        }
        if self.forgiven_at.len() < self.capacity { who } else { self.others }
    }
}

pub(crate) fn origin(address: Option<IpAddr>) -> Origin {
    match address.map(|it| it.to_canonical()) {
        Some(IpAddr::V4(it)) => Origin::V4(it.octets()),
        Some(IpAddr::V6(it)) => {
            let [a, b, c, d, e, f, g, h, ..] = it.octets();
            Origin::V6([a, b, c, d, e, f, g, h])
        }
        None => Origin::Others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(capacity: usize) -> Ledger<Origin> {
        Ledger::new(TERMS, capacity, Origin::Others)
    }

    fn at(address: &str) -> Origin {
        origin(Some(address.parse().unwrap()))
    }

    #[test]
    fn networks_of_ipv6_are_one_origin() {
        assert_eq!(at("2001:db8:0:1::1"), at("2001:db8:0:1:ffff::2"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_eq!(at("::ffff:203.0.113.9"), at("203.0.113.9"));
        assert_ne!(at("203.0.113.9"), at("203.0.113.8"));
    }

    #[test]
    fn some_failures_are_free_and_the_others_are_forgiven_in_time() {
        let (mut table, mut now) = (table(9), Instant::now());
        let (one, other) = (at("203.0.113.9"), at("203.0.113.8"));
        for _ in 0..TERMS.free {
            assert!(!table.note(one, now));
        }
        for _ in 0..100 {
            assert!(table.note(one, now));
        }
        assert!(!table.note(other, now), "another one's failures are its own");
        now += TERMS.forgiven_after;
        assert!(!table.note(one, now));
        assert!(table.note(one, now));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_only_what_is_forgiven() {
        let (mut table, mut now) = (table(4), Instant::now());
        for number in 0..=255 {
            table.note(Origin::V4([203, 0, 113, number]), now);
        }
        assert_eq!(table.forgiven_at.len(), 5, "four, and the one for all others");
        assert!(table.note(at("198.51.100.1"), now), "who shares an account");
        now += TERMS.forgiven_after * TERMS.free;
        assert!(!table.note(at("198.51.100.1"), now));
        assert_eq!(table.forgiven_at.len(), 1);
    }
}
