//! `GET /v1/refunds/{id}`

use axum::extract::State;
use http::StatusCode;
use paymux_core::RefundId;
use paymux_engine::problem::{NOT_FOUND, Problem};
use paymux_engine::render::{self, RefundView};
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<RefundId>,
    _: NoQuery,
) -> Answer {
    // Whether the payment or the refund is missing, or another's, is not told.
    let missing = |it: Problem| if it.kind == NOT_FOUND { reply::unknown("refund") } else { it };
    let payment = api.gateway.owned(&merchant, id.payment).await.map_err(missing)?;
    let refund = payment.refund(id).ok_or_else(|| reply::unknown("refund"))?;
    Ok(reply::json(StatusCode::OK, &render::refund(refund)))
}

pub(crate) fn describe() -> Operation {
    Operation::new(Tag::Refunds, "readRefund", "Read a refund", "As it is known now.")
        .under("id", RefundId::PATTERN, example::REFUND_ID)
        .gives::<RefundView<'_>>(200, "The refund.", example::refund("succeeded"))
}
