//! So many requests a second of one merchant; one that asks too fast waits, and no other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use paymux_core::MerchantId;
use paymux_engine::Gateway;
use paymux_engine::access::Rate;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::Store;

use crate::api::problem::Refusal;

/// One bucket per merchant that has asked: behind authentication, so there are no more of them
/// than merchants in the settings.
#[derive(Clone, Default)]
pub(crate) struct Rates(Arc<Mutex<BTreeMap<MerchantId, Bucket>>>);

/// Kept when the settings are loaded anew, as long as they say the same of it.
#[derive(Clone)]
struct Bucket {
    rate: Rate,
    limiter: Arc<DefaultDirectRateLimiter>,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self { rate, limiter: Arc::new(RateLimiter::direct(quota)) }
    }
}

impl Rates {
    fn bucket(&self, merchant: &Merchant, snapshot: &Snapshot) -> Bucket {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = buckets.get(&merchant.id).filter(|it| it.rate == merchant.access.rate)
        {
            return found.clone();
        }
        buckets.retain(|id, _| snapshot.merchants.contains_key(id));
        let bucket = Bucket::new(merchant.access.rate);
        buckets.insert(merchant.id.clone(), bucket.clone());
        bucket
    }

    /// One more request of the merchant, or of somebody in its name.
    pub(crate) fn admit(&self, merchant: &Merchant, snapshot: &Snapshot) -> Result<(), Problem> {
        let checked = self.bucket(merchant, snapshot).limiter.check();
        checked.map_err(|it| too_fast(it.wait_time_from(DefaultClock::default().now())))
    }
}

fn too_fast(wait: Duration) -> Problem {
    let detail = "more requests a second than a merchant may make; nothing was begun";
    Problem::new(problem::TOO_MANY_REQUESTS, detail).retry_after(whole_seconds(wait))
}

pub(crate) async fn limit<S: Store>(
    State((gateway, rates)): State<(Gateway<S>, Rates)>,
    request: Request,
    next: Next,
) -> Response {
    let merchant = request.extensions().get::<Arc<Merchant>>();
    let admitted = merchant.map_or(Ok(()), |it| rates.admit(it, &gateway.snapshot.load()));
    match admitted {
        Ok(()) => next.run(request).await,
        Err(problem) => Refusal(problem).into_response(),
    }
}

/// Rounded up, and never zero: who comes back too early is refused again.
fn whole_seconds(wait: Duration) -> u32 {
    let up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(up).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_rounded_up() {
        let check = |millis, expect| {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), expect, "{millis}");
        };
        check(0, 1);
        check(1, 1);
        check(1000, 1);
        check(1001, 2);
        check(59_999, 60);
    }
}
