//! `POST /v1/splits`

use axum::extract::State;
use paymux_core::PaymentId;
use paymux_engine::flow::split::{What, Wish};
use paymux_engine::problem::{self, Kind};
use paymux_engine::render::SplitView;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

/// Of whatever is asked of a payment's splits.
pub(super) const REFUSALS: &[&Kind] = &[
    problem::SPLITS_NOT_ALLOWED,
    problem::SPLIT_NO_TAKEN,
    problem::PAYMENT_NOT_PAID,
    problem::NOT_SPLITTABLE,
    problem::SPLIT_LIMIT,
    problem::SPLIT_EXCEEDS_BALANCE,
    problem::CHANNEL_UNFIT,
];

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let (payment, wish) = Fields::read(&body, read)?;
    let replied = api.gateway.create_split(&merchant, payment, wish, key).await?;
    Ok(reply::made("/v1/splits", replied))
}

pub(crate) fn read(body: &mut Fields) -> Option<(PaymentId, Wish)> {
    let payment = body.required("payment_id", values::PAYMENT);
    let split_no = body.required("split_no", values::NUMBER);
    let receivers = body.required("receivers", values::RECEIVERS);
    let finish = body.optional("finish", values::FINISH).unwrap_or_default();
    let description = body.required("description", values::DESCRIPTION);
    let what = What::Share { receivers: receivers?, finish };
    Some((payment?, Wish { split_no: split_no?, what, description: description? }))
}

pub(crate) fn describe() -> Operation {
    let text = "Shares money of a paid payment with receivers that are bound to its account, under \
                a number that never changes: it is shared once, however often it is asked for. Its \
                end is told by an event: [splits](/docs/guides/splits).";
    let wanted = json!({
        "payment_id": example::PAYMENT_ID,
        "split_no": "S-1",
        "receivers": [{ "receiver_no": "lin", "amount": 100 }],
        "description": "Commission",
    });
    Operation::new(Tag::Splits, "createSplit", "Split a payment", text)
        .keyed()
        .takes(Fields::shape(read), wanted)
        .gives::<SplitView<'_>>(200, "It was made before.", example::split("succeeded"))
        .gives::<SplitView<'_>>(201, "It was taken on.", example::split("processing"))
        .refuses(REFUSALS)
        .refuses(&[
            problem::NOT_FOUND,
            problem::SPLITS_FINISHED,
            problem::RECEIVER_UNBOUND,
            problem::SPLIT_EXCEEDS_PAYMENT,
        ])
}
