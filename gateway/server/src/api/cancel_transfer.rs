//! `POST /v1/transfers/{id}/cancel`

use axum::extract::State;
use http::StatusCode;
use paymux_core::TransferId;
use paymux_engine::problem;
use paymux_engine::render::{self, TransferView};
use paymux_store::Store;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<TransferId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let transfer = api.gateway.cancel_transfer(&merchant, id).await?;
    Ok(reply::json(StatusCode::OK, &render::transfer(&transfer)))
}

pub(crate) fn describe() -> Operation {
    let text = "What is held ends at once. What waits for its payee is asked back of the channel, \
                and ends by an event; its payee may be faster.";
    Operation::new(Tag::Transfers, "cancelTransfer", "Take a transfer back", text)
        .under("id", TransferId::PATTERN, example::TRANSFER_ID)
        .takes_nothing()
        .gives::<TransferView<'_>>(200, "As it is now.", example::transfer("failed"))
        .refuses(&[problem::TRANSFER_ENDED, problem::CHANNEL_UNFIT])
}
