//! `GET /v1/transfers`: by its number, or all of them page by page.

use axum::extract::State;
use http::StatusCode;
use paymux_core::transfer::Transfer;
use paymux_core::{OrderNo, TransferId};
use paymux_engine::problem::Problem;
use paymux_engine::render::{self, TransferView};
use paymux_engine::snapshot::Merchant;
use paymux_store::{Key, Store};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::extract::Caller;
use super::query::{self, Query};
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

#[derive(Serialize, ToSchema)]
#[schema(as = TransferPage)]
struct Page<'a> {
    /// Newest first.
    data: Vec<TransferView<'a>>,
    /// `null` on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    mut query: Query,
) -> Answer {
    let is_not = |what: &str| format!("is not a well-formed {what}");
    let number = query
        .optional("transfer_no", |it| it.parse::<OrderNo>().map_err(|_| is_not("transfer_no")));
    let cursor =
        query.optional("cursor", |it| it.parse::<TransferId>().map_err(|_| is_not("cursor")));
    let limit = query.limit();
    if number.is_some() && cursor.is_some() {
        query.wrong("cursor", "does not go with transfer_no".into());
    }
    query.finish()?;
    let mut transfers = match number {
        Some(number) => of_number(&api, &merchant, number).await?,
        None => {
            let found = api.gateway.store.transfers(&merchant.id, cursor, limit + 1).await;
            found.map_err(reply::unreadable)?
        }
    };
    // One row more than asked tells whether there is another page.
    let more = transfers.len() > limit;
    transfers.truncate(limit);
    let next_cursor = transfers.last().filter(|_| more).map(|it| it.id.to_string());
    let data = transfers.iter().map(render::transfer).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

async fn of_number<S: Store>(
    api: &Api<S>,
    merchant: &Merchant,
    number: OrderNo,
) -> Result<Vec<Transfer>, Problem> {
    let key = Key::Transfer(merchant.id.clone(), number);
    let holder = api.gateway.store.holder(&key).await.map_err(reply::unreadable)?;
    match holder.and_then(|it| it.parse().ok()) {
        Some(id) => Ok(vec![api.gateway.owned_transfer(merchant, id).await?]),
        None => Ok(vec![]),
    }
}

pub(crate) fn describe() -> Operation {
    let listed = json!({ "data": [example::transfer("succeeded")], "next_cursor": null });
    let text = "Newest first, page by page; or the one of a number.";
    Operation::new(Tag::Transfers, "listTransfers", "List transfers", text)
        .asks("transfer_no", "Only the one of this number.", values::pattern(OrderNo::PATTERN))
        .asks("cursor", "`next_cursor` of the page before.", values::pattern(TransferId::PATTERN))
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page<'_>>(200, "A page of transfers.", listed)
}
