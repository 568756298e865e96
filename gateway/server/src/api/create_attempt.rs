//! `POST /v1/payments/{id}/attempts`

use axum::extract::State;
use paymux_core::PaymentId;
use paymux_engine::problem;
use paymux_engine::render::PaymentView;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Id, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, way};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let way = Fields::read(&body, way::read)?;
    let replied = api.gateway.open_attempt(&merchant, id, way, key).await?;
    Ok(reply::made("/v1/payments", replied))
}

pub(crate) fn describe() -> Operation {
    let text = "For a payer who wants to pay in another way. The open attempt is ended at its \
                channel first, so that only one can be paid: [another \
                attempt](/docs/guides/attempts).";
    let paid = "It is paid already, perhaps in this very moment: no other attempt is needed.";
    Operation::new(Tag::Payments, "createAttempt", "Begin another attempt", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .keyed()
        .takes(Fields::shape(way::read), json!({ "method": "page" }))
        .gives::<PaymentView<'_>>(200, paid, example::paid())
        .gives::<PaymentView<'_>>(201, "The new attempt's action.", example::pending())
        .gives::<PaymentView<'_>>(
            202,
            "No answer of the channel yet.",
            example::payment("processing"),
        )
        .refuses(way::REFUSALS)
        .refuses(&[problem::PAYMENT_ENDED, problem::ATTEMPT_OPEN, problem::ATTEMPT_LIMIT])
}
