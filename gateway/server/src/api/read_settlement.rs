//! `GET /v1/settlements/{id}`

use axum::extract::State;
use http::StatusCode;
use paymux_core::VoucherNo;
use paymux_engine::render::{self, SettlementView};
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(number): Id<VoucherNo>,
    _: NoQuery,
) -> Answer {
    let settlement = api.gateway.owned_settlement(&merchant.id, &number).await?;
    Ok(reply::json(StatusCode::OK, &render::settlement(&settlement)))
}

pub(crate) fn describe() -> Operation {
    let text = "What it pays, what that is made of, and how far it is.";
    Operation::new(Tag::Settlements, "readSettlement", "Read a settlement", text)
        .under("id", VoucherNo::PATTERN, example::SETTLEMENT_NO)
        .gives::<SettlementView<'_>>(200, "The settlement.", example::settlement("paid"))
}
