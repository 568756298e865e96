//! `GET /v1/splits/{id}`

use axum::extract::State;
use http::StatusCode;
use paymux_core::SplitId;
use paymux_engine::render::{self, SplitView};
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<SplitId>,
    _: NoQuery,
) -> Answer {
    let split = api.gateway.owned_split(&merchant, id).await?;
    Ok(reply::json(StatusCode::OK, &render::split(&split)))
}

pub(crate) fn describe() -> Operation {
    Operation::new(Tag::Splits, "readSplit", "Read a split", "As it is known now.")
        .under("id", SplitId::PATTERN, example::SPLIT_ID)
        .gives::<SplitView<'_>>(200, "The split.", example::split("succeeded"))
}
