//! So many requests a second of one merchant; one that asks too fast waits, and no other.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use paymux_core::MerchantId;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;

use crate::api::problem::Refusal;

/// One bucket per merchant that has asked: behind authentication, so there are no more of them
/// than merchants in the settings.
#[derive(Clone)]
pub(crate) struct Rate(Arc<RateLimiter<MerchantId, HashMapStateStore<MerchantId>, DefaultClock>>);

impl Rate {
    pub(crate) fn per_second(limit: NonZeroU32) -> Self {
        Self(Arc::new(RateLimiter::hashmap(Quota::per_second(limit))))
    }
}

pub(crate) async fn limit(State(rate): State<Rate>, request: Request, next: Next) -> Response {
    let merchant = request.extensions().get::<Arc<Merchant>>();
    let allowed = merchant.is_none_or(|it| rate.0.check_key(&it.id).is_ok());
    if allowed {
        return next.run(request).await;
    }
    let detail = "more requests a second than a merchant may make; nothing was begun";
    Refusal(Problem::new(problem::TOO_MANY_REQUESTS, detail).retry_after(1)).into_response()
}
