//! The merchants' API, one file per endpoint: the wire's shapes and the handler.
//!
//! What is shared is beside it: strict JSON, the rules for values, and how problems are told.

mod app_token;
mod cancel_transfer;
mod card;
mod close_payment;
mod create_attempt;
pub(crate) mod create_payment;
pub(crate) mod create_refund;
pub(crate) mod create_split;
pub(crate) mod create_transfer;
pub(crate) mod endpoints;
mod explain_route;
pub(crate) mod extract;
pub(crate) mod fields;
mod finish_split;
mod gateway_keys;
mod identify_payer;
mod identify_url;
pub(crate) mod json;
pub(crate) mod list_events;
mod list_payments;
mod list_refunds;
pub(crate) mod list_settlements;
mod list_transfers;
pub(crate) mod plates;
pub(crate) mod problem;
pub(crate) mod query;
mod raw_call;
mod read_event;
mod read_payment;
mod read_refund;
mod read_settlement;
mod read_split;
mod read_transfer;
mod receivers;
mod replay_event;
pub(crate) mod reply;
mod request_settlement;
mod retry_refund;
mod return_split;
pub(crate) mod settlement_entries;
mod sync_payment;
pub(crate) mod timeline;
pub(crate) mod values;
mod way;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use paymux_engine::Gateway;
use paymux_store::Store;

use crate::openapi::Routes;

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
pub(crate) fn open<S: Store>() -> Routes<Gateway<S>> {
    Routes::new().get("/v1/gateway-keys", gateway_keys::handle, gateway_keys::describe())
}

pub(crate) type Answer = Result<axum::response::Response, problem::Refusal>;

/// The routes alone, each with its description; `inbound` puts the layers before them.
pub(crate) fn routes<S: Store>(terms: &Terms) -> Routes<Api<S>> {
    Routes::new()
        .post("/v1/payments", create_payment::handle, create_payment::describe(terms))
        .get("/v1/payments", list_payments::handle, list_payments::describe())
        .get("/v1/payments/{id}", read_payment::handle, read_payment::describe())
        .post("/v1/payments/{id}/attempts", create_attempt::handle, create_attempt::describe())
        .post("/v1/payments/{id}/close", close_payment::handle, close_payment::describe())
        .post("/v1/payments/{id}/sync", sync_payment::handle, sync_payment::describe())
        .get("/v1/payments/{id}/timeline", timeline::handle, timeline::describe())
        .post("/v1/payments/{id}/refunds", create_refund::handle, create_refund::describe())
        .get("/v1/payments/{id}/refunds", list_refunds::handle, list_refunds::describe())
        .get("/v1/refunds/{id}", read_refund::handle, read_refund::describe())
        .post("/v1/refunds/{id}/retry", retry_refund::handle, retry_refund::describe())
        .post("/v1/splits", create_split::handle, create_split::describe())
        .get("/v1/splits/{id}", read_split::handle, read_split::describe())
        .post("/v1/splits/{id}/finish", finish_split::handle, finish_split::describe())
        .post("/v1/splits/{id}/return", return_split::handle, return_split::describe())
        .post("/v1/receivers", receivers::bind, receivers::describe_bind())
        .get("/v1/receivers", receivers::list, receivers::describe_list())
        .get("/v1/receivers/{receiver_no}", receivers::read, receivers::describe_read())
        .delete("/v1/receivers/{receiver_no}", receivers::unbind, receivers::describe_unbind())
        .post("/v1/transfers", create_transfer::handle, create_transfer::describe())
        .get("/v1/transfers", list_transfers::handle, list_transfers::describe())
        .get("/v1/transfers/{id}", read_transfer::handle, read_transfer::describe())
        .post("/v1/transfers/{id}/cancel", cancel_transfer::handle, cancel_transfer::describe())
        .post("/v1/settlements", request_settlement::handle, request_settlement::describe())
        .get("/v1/settlements", list_settlements::handle, list_settlements::describe())
        .get("/v1/settlements/{id}", read_settlement::handle, read_settlement::describe())
        .get(
            "/v1/settlements/{id}/entries",
            settlement_entries::handle,
            settlement_entries::describe(),
        )
        .get(
            "/v1/settlements/{id}/entries.csv",
            settlement_entries::handle_csv,
            settlement_entries::describe_csv(),
        )
        .get("/v1/events", list_events::handle, list_events::describe())
        .get("/v1/events/{id}", read_event::handle, read_event::describe())
        .post("/v1/events/{id}/replay", replay_event::handle, replay_event::describe())
        .get("/v1/endpoints", endpoints::list, endpoints::describe_list())
        .post("/v1/endpoints/{id}/enable", endpoints::enable, endpoints::describe_enable())
        .post("/v1/endpoints/{id}/disable", endpoints::disable, endpoints::describe_disable())
        .get("/v1/plates", plates::list, plates::describe_list())
        .get("/v1/plates/{id}", plates::read, plates::describe_read())
        .post("/v1/routing/explain", explain_route::handle, explain_route::describe())
        .post("/v1/accounts/{account}/app-token", app_token::handle, app_token::describe())
        .post("/v1/accounts/{account}/call", raw_call::handle, raw_call::describe())
        .post("/v1/payers/identify-url", identify_url::handle, identify_url::describe())
        .post("/v1/payers/identify", identify_payer::handle, identify_payer::describe())
}
