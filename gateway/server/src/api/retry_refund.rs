//! `POST /v1/refunds/{id}/retry`

use axum::extract::State;
use paymux_core::RefundId;
use paymux_engine::problem::{self, NOT_FOUND, Problem};
use paymux_engine::render::RefundView;
use paymux_store::Store;

use super::extract::{Caller, Id, Key, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<RefundId>,
    Key(key): Key,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let missing = |it: Problem| if it.kind == NOT_FOUND { reply::unknown("refund") } else { it };
    let replied = api.gateway.retry_refund(&merchant, id, key).await.map_err(missing)?;
    Ok(reply::made("/v1/refunds", replied))
}

pub(crate) fn describe() -> Operation {
    let text = "Tries a refund again that came to nothing. It stays the same refund, and its money \
                moves once: a refused one is sent again under its number, and only one that the \
                channel closed gets a further number: [refunds](/docs/guides/refunds).";
    let unsure = "It is under way; the channel has not answered, or its turn has not come.";
    Operation::new(Tag::Refunds, "retryRefund", "Try a refund again", text)
        .under("id", RefundId::PATTERN, example::REFUND_ID)
        .keyed()
        .takes_nothing()
        .gives::<RefundView<'_>>(200, "As it is now.", example::refund("succeeded"))
        .gives::<RefundView<'_>>(202, unsure, example::refund("processing"))
        .refuses(&[problem::REFUND_HELD, problem::REFUND_EXCEEDS_PAID, problem::REFUND_LIMIT])
}
