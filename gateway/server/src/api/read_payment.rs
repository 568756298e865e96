//! `GET /v1/payments/{id}`

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_engine::render::{self, PaymentView};
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    _: NoQuery,
) -> Answer {
    let payment = api.gateway.owned(&merchant, id).await?;
    let snapshot = api.gateway.snapshot.load();
    Ok(reply::json(StatusCode::OK, &render::payment(&payment, &snapshot)))
}

pub(crate) fn describe() -> Operation {
    let text = "As it is known now. Nothing is asked of a channel: that is `sync`.";
    Operation::new(Tag::Payments, "readPayment", "Read a payment", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .gives::<PaymentView<'_>>(200, "The payment.", example::paid())
}
