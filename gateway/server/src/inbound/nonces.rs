//! Nonces that were used: remembered for as long as their timestamps are taken.
//!
//! When there is no more room, a request is refused rather than an older one forgotten. Whatever
//! may have been forgotten because its time was over stays refused, even when the clock is set
//! back.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use paymux_core::Timestamp;
use paymux_engine::Gateway;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;
use paymux_store::guard::Claim;

use super::authenticate::{Proof, Reason, WINDOW_SECS, refuse};
use crate::api::problem::Refusal;

/// So that requests seldom wait for each other.
const SHARDS: usize = 16;
/// From the earliest to the latest moment at which one timestamp is taken.
const WINDOW: Duration = Duration::from_secs(WINDOW_SECS.unsigned_abs() * 2);
/// By then some of them have become too old.
const RETRY_AFTER_SECS: u32 = 10;

pub(crate) struct Nonces {
    shards: [Mutex<Shard>; SHARDS],
    /// Of one shard.
    capacity: usize,
}

#[derive(Default)]
struct Shard {
    used: HashMap<u128, i64>,
    /// By the last second at which their timestamp is taken.
    by_end: BTreeMap<i64, Vec<u128>>,
    /// Everything that ended at or before this second may have been forgotten.
    forgotten: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    First,
    Used,
    Full,
}

impl Nonces {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { shards: Default::default(), capacity: capacity.div_ceil(SHARDS) }
    }

    /// Whether it was used here; looking leaves no trace.
    pub(super) fn has(&self, proof: &Proof, now: Timestamp) -> bool {
        let name = name(proof);
        self.shard(name).knows(name, end(proof), now.as_secs())
    }

    fn claim(&self, proof: &Proof, now: Timestamp) -> Outcome {
        let name = name(proof);
        self.shard(name).claim(name, end(proof), now.as_secs(), self.capacity)
    }

    fn shard(&self, name: u128) -> MutexGuard<'_, Shard> {
        let index = usize::from(name.to_be_bytes()[0]) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn knows(&mut self, name: u128, end: i64, now: i64) -> bool {
        self.forget(now);
        end <= self.forgotten || self.used.contains_key(&name)
    }

    fn claim(&mut self, name: u128, end: i64, now: i64, capacity: usize) -> Outcome {
        if self.knows(name, end, now) {
            return Outcome::Used;
        }
        if self.used.len() >= capacity {
            return Outcome::Full;
        }
        self.used.insert(name, end);
        self.by_end.entry(end).or_default().push(name);
        Outcome::First
    }

    fn forget(&mut self, now: i64) {
        while let Some(first) = self.by_end.first_entry().filter(|it| *it.key() < now) {
            self.forgotten = self.forgotten.max(*first.key());
            for name in first.remove() {
                self.used.remove(&name);
            }
        }
    }
}

/// Of the merchant, its key and the nonce, in a size that no caller chooses.
fn name(proof: &Proof) -> u128 {
    let hash = digest(&SHA256, shared_name(proof).as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_ref()[..16]);
    u128::from_be_bytes(first)
}

/// None of the parts can hold a colon.
fn shared_name(proof: &Proof) -> String {
    format!("nonce:{}:{}:{}", proof.merchant.id, proof.key.id.as_str(), proof.nonce)
}

/// The last second at which the request would be taken.
fn end(proof: &Proof) -> i64 {
    proof.timestamp.saturating_add(WINDOW_SECS)
}

/// Behind the merchant's rate, so that memory is bounded by it: a merchant in haste is told so
/// before its nonce is remembered.
pub(crate) async fn once<S: Store>(
    State((gateway, nonces)): State<(Gateway<S>, Arc<Nonces>)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(proof) = request.extensions().get::<Proof>() else { return next.run(request).await };
    let outcome = match nonces.claim(proof, gateway.now()) {
        Outcome::First => elsewhere(&gateway, proof).await,
        known @ (Outcome::Used | Outcome::Full) => known,
    };
    match outcome {
        Outcome::First => next.run(request).await,
        Outcome::Used => refuse(&gateway, Reason::Nonce),
        Outcome::Full => {
            gateway.metrics.attention.with_label_values(&["nonces-full"]).inc();
            let detail = "no more nonces can be remembered; nothing was begun";
            let problem = Problem::new(problem::OVERLOADED, detail);
            Refusal(problem.retry_after(RETRY_AFTER_SECS)).into_response()
        }
    }
}

/// Other nodes are asked where they can be; without them this node's own memory decides.
async fn elsewhere<S: Store>(gateway: &Gateway<S>, proof: &Proof) -> Outcome {
    if !gateway.guard.is_shared() {
        return Outcome::First;
    }
    match gateway.guard.claim(&shared_name(proof), WINDOW).await {
        Claim::Taken(_) | Claim::Away => Outcome::First,
        Claim::Busy | Claim::Done => Outcome::Used,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000;

    fn check(shard: &mut Shard, name: u128, end: i64, now: i64, expect: Outcome) {
        assert_eq!(shard.claim(name, end, now, 2), expect, "{name} until {end} at {now}");
    }

    #[test]
    fn a_nonce_is_used_once_until_its_time_is_over() {
        let mut shard = Shard::default();
        check(&mut shard, 1, NOW, NOW, Outcome::First);
        check(&mut shard, 1, NOW, NOW, Outcome::Used);
        check(&mut shard, 2, NOW + 1, NOW, Outcome::First);
        check(&mut shard, 1, NOW + 1, NOW, Outcome::Used);
        // Its time is over: another one under the same name is a new one.
        check(&mut shard, 1, NOW + 600, NOW + 1, Outcome::First);
        check(&mut shard, 1, NOW + 600, NOW + 600, Outcome::Used);
    }

    #[test]
    fn a_full_memory_refuses_and_forgets_nothing() {
        let mut shard = Shard::default();
        check(&mut shard, 1, NOW, NOW, Outcome::First);
        check(&mut shard, 2, NOW + 5, NOW, Outcome::First);
        check(&mut shard, 3, NOW + 9, NOW, Outcome::Full);
        check(&mut shard, 1, NOW, NOW, Outcome::Used);
        check(&mut shard, 3, NOW + 9, NOW + 1, Outcome::First);
        check(&mut shard, 2, NOW + 5, NOW + 1, Outcome::Used);
        assert_eq!((shard.used.len(), shard.by_end.len()), (2, 2));
    }

    #[test]
    fn a_clock_that_is_set_back_opens_nothing() {
        let mut shard = Shard::default();
        check(&mut shard, 1, NOW, NOW, Outcome::First);
        assert!(!shard.knows(2, NOW + 600, NOW + 1), "which forgets the first one");
        check(&mut shard, 1, NOW, NOW - 60, Outcome::Used);
        check(&mut shard, 9, NOW, NOW - 60, Outcome::Used);
        check(&mut shard, 9, NOW + 1, NOW - 60, Outcome::First);
    }
}
