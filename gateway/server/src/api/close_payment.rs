//! `POST /v1/payments/{id}/close`

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_core::payment::Verdict;
use paymux_engine::render;
use paymux_store::Store;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};

/// It needs no key: closing twice is closing once.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let payment = api.gateway.close(&merchant, id).await?;
    // Until the channel agrees, it is only being closed.
    let open = payment.verdict == Verdict::Open;
    let status = if open { StatusCode::ACCEPTED } else { StatusCode::OK };
    let snapshot = api.gateway.snapshot.load();
    Ok(reply::json(status, &render::payment(&payment, &snapshot)))
}
