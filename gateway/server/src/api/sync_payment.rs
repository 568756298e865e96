//! `POST /v1/payments/{id}/sync`

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_engine::problem;
use paymux_engine::render::{self, PaymentView};
use paymux_store::Store;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

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

pub(crate) fn describe() -> Operation {
    let text = "Asks the channel about an open payment. It counts against the account's quota; \
                payments are asked about without it, too.";
    Operation::new(Tag::Payments, "syncPayment", "Ask the channel now", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .takes_nothing()
        .gives::<PaymentView<'_>>(200, "As it is known now.", example::paid())
        .refuses(&[problem::CHANNEL_UNAVAILABLE, problem::CHANNEL_SILENT])
}
