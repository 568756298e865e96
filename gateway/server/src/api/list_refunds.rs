//! `GET /v1/payments/{id}/refunds`: all of them, since a payment has few.

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_engine::render::{self, RefundView};
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
    let data = payment.refunds.iter().map(render::refund).collect();
    Ok(reply::json(StatusCode::OK, &reply::List { data }))
}

pub(crate) fn describe() -> Operation {
    Operation::new(
        Tag::Refunds,
        "listRefunds",
        "List a payment's refunds",
        "In order; all at once.",
    )
    .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
    .lists::<RefundView<'_>>(200, "The refunds.", example::refund("succeeded"))
}
