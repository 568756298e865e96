//! `POST /v1/splits/{id}/finish`

use axum::extract::State;
use paymux_core::SplitId;
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

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<SplitId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let wish = Fields::read(&body, read)?;
    api.gateway.owned_split(&merchant, id).await?;
    let replied = api.gateway.create_split(&merchant, id.payment, wish, key).await?;
    Ok(reply::made("/v1/splits", replied))
}

pub(crate) fn read(body: &mut Fields) -> Option<Wish> {
    let split_no = body.required("split_no", values::NUMBER);
    let description = body.required("description", values::DESCRIPTION);
    Some(Wish { split_no: split_no?, what: What::Finish, description: description? })
}

pub(crate) fn describe() -> Operation {
    let text = "The rest of the split's payment is yours, and nothing more can be shared of it. \
                Channels do so by themselves after 30 days.";
    let wanted = json!({ "split_no": "S-1-end", "description": "All is shared" });
    Operation::new(Tag::Splits, "finishSplits", "Finish a payment's splits", text)
        .under("id", SplitId::PATTERN, example::SPLIT_ID)
        .keyed()
        .takes(Fields::shape(read), wanted)
        .gives::<SplitView<'_>>(200, "It was made before.", example::split("succeeded"))
        .gives::<SplitView<'_>>(201, "It was taken on.", example::split("processing"))
        .refuses(REFUSALS)
        .refuses(&[problem::SPLITS_FINISHED])
}
