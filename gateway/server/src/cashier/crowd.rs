//! So many requests a second of one client address; one that is too fast waits, and no other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use paymux_engine::problem::{self, Problem};

use crate::api::problem::Refusal;
use crate::inbound::client::Client;
use crate::inbound::failures::{Origin, origin};

/// At some 100 bytes each. More addresses than that share one account.
const MAX_ADDRESSES: usize = 65_536;
/// How often the table is tidied of those who have rested.
const TIDY_EVERY: u64 = 1024;

#[derive(Clone)]
pub(crate) struct Crowd(Arc<Table>);

struct Table {
    limiter: DefaultKeyedRateLimiter<Origin>,
    asked: AtomicU64,
    capacity: usize,
}

impl Crowd {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self::with(per_second, burst, MAX_ADDRESSES)
    }

    fn with(per_second: u32, burst: u32, capacity: usize) -> Self {
        let at_least_one = |it| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(burst));
        let limiter = RateLimiter::keyed(quota);
        Self(Arc::new(Table { limiter, asked: AtomicU64::new(0), capacity }))
    }

    fn admits(&self, client: Client) -> bool {
        let Table { limiter, asked, capacity } = &*self.0;
        if asked.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            limiter.retain_recent();
        }
        // A table that is full takes no new address until those in it have rested.
        let own = origin(client.address.or(client.peer));
        let key = if limiter.len() < *capacity { own } else { Origin::Others };
        limiter.check_key(&key).is_ok()
    }
}

pub(crate) async fn limit(State(crowd): State<Crowd>, request: Request, next: Next) -> Response {
    let client = request.extensions().get::<Client>().copied().unwrap_or_default();
    if crowd.admits(client) {
        return next.run(request).await;
    }
    let detail = "more requests a second than one address may make; nothing was begun";
    Refusal(Problem::new(problem::TOO_MANY_REQUESTS, detail).retry_after(2)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        let address = Some([203, 0, 113, last].into());
        Client { address, peer: None }
    }

    #[test]
    fn an_address_has_its_burst_and_another_one_its_own() {
        let crowd = Crowd::with(1, 3, 100);
        assert!((0..3).all(|_| crowd.admits(client(1))));
        assert!(!crowd.admits(client(1)));
        assert!(crowd.admits(client(2)));
    }

    #[test]
    fn the_table_is_bounded() {
        let crowd = Crowd::with(1, 1, 4);
        let admitted = (0..200).filter(|it| crowd.admits(client(*it))).count();
        assert!(admitted < 10, "{admitted}");
        assert!(crowd.0.limiter.len() <= 5, "four, and the one for all others");
    }
}
