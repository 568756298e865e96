//! `POST /v1/payments/{id}/sync`

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_engine::render;
use paymux_store::Store;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};

/// It needs no key: asking twice is asking once.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let payment = api.gateway.sync(&merchant, id).await?;
    let snapshot = api.gateway.snapshot.load();
    Ok(reply::json(StatusCode::OK, &render::payment(&payment, &snapshot)))
}
