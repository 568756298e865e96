//! `POST /v1/payments/{id}/refunds`

use axum::extract::State;
use paymux_core::{Money, PaymentId};
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem;
use paymux_engine::render::RefundView;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Id, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = Fields::read(&body, read)?;
    let replied = api.gateway.create_refund(&merchant, id, new, key).await?;
    Ok(reply::made("/v1/refunds", replied))
}

pub(crate) fn read(body: &mut Fields) -> Option<NewRefund> {
    let refund_no = body.required("refund_no", values::NUMBER);
    let amount = body.required("amount", values::AMOUNT);
    let currency = body.required("currency", values::CURRENCY);
    let reason = body.optional("reason", values::REASON);
    let part = body.optional("part", values::PART);
    let amount = Money::new(amount?, currency?).ok()?;
    Some(NewRefund { refund_no: refund_no?, amount, reason, part, door: None })
}

pub(crate) fn describe() -> Operation {
    let text = "All or a part of what was paid, as often as something is left. Its end is told by \
                an event; a refund that the channel took cannot be taken back.";
    let wanted = json!({
        "refund_no": "A-1001-back",
        "amount": 300,
        "currency": "CNY",
        "reason": "One cup was spilled",
    });
    let unsure = "The channel has not answered; the refund is sent again under its number.";
    Operation::new(Tag::Refunds, "createRefund", "Refund a payment", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .keyed()
        .takes(Fields::shape(read), wanted)
        .gives::<RefundView<'_>>(200, "It was made before.", example::refund("succeeded"))
        .gives::<RefundView<'_>>(201, "The channel took it.", example::refund("succeeded"))
        .gives::<RefundView<'_>>(202, unsure, example::refund("processing"))
        .refuses(&[
            problem::REFUND_NO_TAKEN,
            problem::PAYMENT_NOT_PAID,
            problem::REFUND_EXCEEDS_PAID,
            problem::SHARED_OUT,
            problem::PART_UNKNOWN,
            problem::REFUND_LIMIT,
            problem::CURRENCY_MISMATCH,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
        ])
}
