//! Who fails to authenticate too often waits for the next answer, so that guessing is slow.
//!
//! Nobody is refused for it: behind the same address stands a shop with the right key.

use std::collections::HashMap;
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
const FREE_FAILURES: u32 = 20;
/// One more is free after this time.
const FORGIVEN_AFTER: Duration = Duration::from_secs(6);
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
    table: Arc<Mutex<Table>>,
    waiting: Arc<Semaphore>,
}

impl Default for Failures {
    fn default() -> Self {
        Self { table: Arc::default(), waiting: Arc::new(Semaphore::new(MAX_WAITING)) }
    }
}

#[derive(Default)]
struct Table {
    /// When all failures of an address are forgiven.
    forgiven_at: HashMap<Origin, Instant>,
    tidied_at: Option<Instant>,
}

/// Whoever has one address of an IPv6 network has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Origin {
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
        table.note(origin(client.address.or(client.peer)), now, MAX_ADDRESSES)
    }
}

impl Table {
    fn note(&mut self, origin: Origin, now: Instant, capacity: usize) -> bool {
        let origin = self.room_for(origin, now, capacity);
        let account = self.forgiven_at.entry(origin).or_insert(now);
        let next = (*account).max(now) + FORGIVEN_AFTER;
        let is_over = next.duration_since(now) > FORGIVEN_AFTER * FREE_FAILURES;
        // What is over is not owed: the account is never longer than its limit.
        if !is_over {
            *account = next;
        }
        is_over
    }

    fn room_for(&mut self, origin: Origin, now: Instant, capacity: usize) -> Origin {
        if self.forgiven_at.contains_key(&origin) || self.forgiven_at.len() < capacity {
            return origin;
        }
        if self.tidied_at.is_none_or(|it| now.duration_since(it) >= TIDY_EVERY) {
            self.tidied_at = Some(now);
            self.forgiven_at.retain(|_, it| *it > now);
        }
        if self.forgiven_at.len() < capacity { origin } else { Origin::Others }
    }
}

fn origin(address: Option<IpAddr>) -> Origin {
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
        let (mut table, mut now) = (Table::default(), Instant::now());
        let (one, other) = (at("203.0.113.9"), at("203.0.113.8"));
        for _ in 0..FREE_FAILURES {
            assert!(!table.note(one, now, 9));
        }
        for _ in 0..100 {
            assert!(table.note(one, now, 9));
        }
        assert!(!table.note(other, now, 9), "another one's failures are its own");
        now += FORGIVEN_AFTER;
        assert!(!table.note(one, now, 9));
        assert!(table.note(one, now, 9));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_only_what_is_forgiven() {
        let (mut table, mut now) = (Table::default(), Instant::now());
        for number in 0..=255 {
            table.note(Origin::V4([203, 0, 113, number]), now, 4);
        }
        assert_eq!(table.forgiven_at.len(), 5, "four, and the one for all others");
        assert!(table.note(at("198.51.100.1"), now, 4), "who shares an account");
        now += FORGIVEN_AFTER * FREE_FAILURES;
        assert!(!table.note(at("198.51.100.1"), now, 4));
        assert_eq!(table.forgiven_at.len(), 1);
    }
}
