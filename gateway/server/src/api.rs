//! The merchants' API, one file per endpoint: the wire's shapes and the handler.
//!
//! What is shared is beside it: strict JSON, the rules for values, and how problems are told.

mod card;
mod close_payment;
mod create_attempt;
mod create_payment;
mod create_refund;
pub(crate) mod endpoints;
mod explain_route;
pub(crate) mod extract;
pub(crate) mod fields;
mod gateway_keys;
mod identify_payer;
mod identify_url;
mod json;
mod list_events;
mod list_payments;
mod list_refunds;
pub(crate) mod problem;
pub(crate) mod query;
mod raw_call;
mod read_event;
mod read_payment;
mod read_refund;
mod replay_event;
pub(crate) mod reply;
mod sync_payment;
mod timeline;
pub(crate) mod values;
mod way;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use paymux_engine::Gateway;
use paymux_store::Store;

/// What every handler holds.
pub(crate) struct Api<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) terms: Arc<Terms>,
}

/// What merchants may ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// For a body to arrive.
    pub(crate) body_timeout: Duration,
    pub(crate) expires_in_default: Duration,
    pub(crate) expires_in_max: Duration,
}

impl<S> Clone for Api<S> {
    fn clone(&self) -> Self {
        Self { gateway: self.gateway.clone(), terms: Arc::clone(&self.terms) }
    }
}

/// What needs no key: it is public.
pub(crate) fn open<S: Store>(gateway: &Gateway<S>) -> Router {
    Router::new().route("/v1/gateway-keys", get(gateway_keys::handle)).with_state(gateway.clone())
}

pub(crate) type Answer = Result<axum::response::Response, problem::Refusal>;

/// The routes alone; `inbound` puts the layers before them.
pub(crate) fn routes<S: Store>(api: Api<S>) -> Router {
    Router::new()
        .route("/v1/payments", post(create_payment::handle).get(list_payments::handle))
        .route("/v1/payments/{id}", get(read_payment::handle))
        .route("/v1/payments/{id}/attempts", post(create_attempt::handle))
        .route("/v1/payments/{id}/close", post(close_payment::handle))
        .route("/v1/payments/{id}/sync", post(sync_payment::handle))
        .route("/v1/payments/{id}/refunds", post(create_refund::handle).get(list_refunds::handle))
        .route("/v1/payments/{id}/timeline", get(timeline::handle))
        .route("/v1/accounts/{account}/call", post(raw_call::handle))
        .route("/v1/payers/identify", post(identify_payer::handle))
        .route("/v1/payers/identify-url", post(identify_url::handle))
        .route("/v1/routing/explain", post(explain_route::handle))
        .route("/v1/refunds/{id}", get(read_refund::handle))
        .route("/v1/events", get(list_events::handle))
        .route("/v1/events/{id}", get(read_event::handle))
        .route("/v1/events/{id}/replay", post(replay_event::handle))
        .route("/v1/endpoints", get(endpoints::list))
        .route("/v1/endpoints/{id}/enable", post(endpoints::enable))
        .route("/v1/endpoints/{id}/disable", post(endpoints::disable))
        .with_state(api)
}
