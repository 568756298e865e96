//! `POST /v1/settlements`: where the merchant's terms let it ask for one.

use axum::extract::State;
use http::StatusCode;
use paymux_engine::problem;
use paymux_engine::render::{self, SettlementView};
use paymux_store::Store;

use super::extract::{Caller, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

/// It needs no key: until the one it made is decided, there is no other.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let settlement = api.gateway.request_settlement(&merchant).await?;
    Ok(reply::json(StatusCode::CREATED, &render::settlement(&settlement)))
}

pub(crate) fn describe() -> Operation {
    let text = "Drafts one of all that was booked for you until now, where your terms let you \
                ask. A repeat makes no second one: it is refused until the first is decided, and \
                then there is nothing left to settle.";
    Operation::new(Tag::Settlements, "requestSettlement", "Ask for a settlement", text)
        .takes_nothing()
        .gives::<SettlementView<'_>>(201, "The draft.", example::settlement("draft"))
        .refuses(&[
            problem::SETTLEMENTS_NOT_ALLOWED,
            problem::SETTLEMENT_UNDECIDED,
            problem::PERIOD_CLOSED,
            problem::NOTHING_TO_SETTLE,
            problem::SETTLEMENT_STATE,
        ])
}
