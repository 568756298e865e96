//! `POST /v1/payments/{id}/close`

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_core::payment::Verdict;
use paymux_engine::problem;
use paymux_engine::render::{self, PaymentView};
use paymux_store::Store;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

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

pub(crate) fn describe() -> Operation {
    let text = "So that nobody pays it any more. Closing twice is closing once, so it needs no \
                key. The end is told by `payment.closed`, or by `payment.succeeded` where the \
                payer was faster.";
    Operation::new(Tag::Payments, "closePayment", "Close a payment", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .takes_nothing()
        .gives::<PaymentView<'_>>(200, "Closed.", example::payment("closed"))
        .gives::<PaymentView<'_>>(202, "Being closed at its channel.", closing())
        .refuses(&[problem::PAYMENT_PAID])
}

fn closing() -> serde_json::Value {
    let mut payment = example::payment("pending");
    payment["closing"] = true.into();
    payment
}
