//! `GET /v1/transfers/{id}`

use axum::extract::State;
use http::StatusCode;
use paymux_core::TransferId;
use paymux_engine::render::{self, TransferView};
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<TransferId>,
    _: NoQuery,
) -> Answer {
    let transfer = api.gateway.owned_transfer(&merchant, id).await?;
    Ok(reply::json(StatusCode::OK, &render::transfer(&transfer)))
}

pub(crate) fn describe() -> Operation {
    Operation::new(Tag::Transfers, "readTransfer", "Read a transfer", "As it is known now.")
        .under("id", TransferId::PATTERN, example::TRANSFER_ID)
        .gives::<TransferView<'_>>(200, "The transfer.", example::transfer("succeeded"))
}
