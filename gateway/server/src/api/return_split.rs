//! `POST /v1/splits/{id}/return`

use axum::extract::State;
use paymux_core::{OrderNo, SplitId};
use paymux_engine::flow::split::{What, Wish};
use paymux_engine::problem;
use paymux_engine::render::SplitView;
use paymux_store::Store;
use serde_json::json;

use super::create_split::REFUSALS;
use super::extract::{Caller, Id, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

pub(crate) struct Back {
    split_no: OrderNo,
    receiver_no: OrderNo,
    amount: i64,
    description: String,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<SplitId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let Back { split_no, receiver_no, amount, description } = Fields::read(&body, read)?;
    api.gateway.owned_split(&merchant, id).await?;
    let wish = Wish { split_no, what: What::Return { of: id, receiver_no, amount }, description };
    let replied = api.gateway.create_split(&merchant, id.payment, wish, key).await?;
    Ok(reply::made("/v1/splits", replied))
}

pub(crate) fn read(body: &mut Fields) -> Option<Back> {
    let split_no = body.required("split_no", values::NUMBER);
    let receiver_no = body.required("receiver_no", values::NUMBER);
    let amount = body.required("amount", values::AMOUNT);
    let description = body.required("description", values::DESCRIPTION);
    let (split_no, receiver_no) = (split_no?, receiver_no?);
    Some(Back { split_no, receiver_no, amount: amount?, description: description? })
}

pub(crate) fn describe() -> Operation {
    let text = "Takes a share back from its receiver, in whole or in part: what others hold has to \
                come back before it can be refunded.";
    let wanted = json!({
        "split_no": "S-1-back",
        "receiver_no": "lin",
        "amount": 100,
        "description": "The order was cancelled",
    });
    Operation::new(Tag::Splits, "returnSplit", "Take a share back", text)
        .under("id", SplitId::PATTERN, example::SPLIT_ID)
        .keyed()
        .takes(Fields::shape(read), wanted)
        .gives::<SplitView<'_>>(200, "It was made before.", example::split("succeeded"))
        .gives::<SplitView<'_>>(201, "It was taken on.", example::split("processing"))
        .refuses(REFUSALS)
        .refuses(&[problem::RETURN_EXCEEDS_SHARE])
}
