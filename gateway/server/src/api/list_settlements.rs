//! `GET /v1/settlements`

use axum::extract::State;
use http::StatusCode;
use paymux_core::{MerchantId, VoucherNo};
use paymux_engine::Gateway;
use paymux_engine::render::{self, SettlementView};
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::extract::Caller;
use super::query::{self, Query};
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

#[derive(Serialize, ToSchema)]
#[schema(as = SettlementPage)]
struct Page<'a> {
    /// Newest first.
    data: Vec<SettlementView<'a>>,
    /// `null` on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    query: Query,
) -> Answer {
    listed(&api.gateway, Some(&merchant.id), query).await
}

/// A merchant's, or all.
pub(crate) async fn listed<S: Store>(
    gateway: &Gateway<S>,
    merchant: Option<&MerchantId>,
    mut query: Query,
) -> Answer {
    let cursor = query.optional("cursor", |it| {
        it.parse::<VoucherNo>().map_err(|_| "is not a cursor that was given".to_owned())
    });
    let limit = query.limit();
    query.finish()?;
    // One row more than asked tells whether there is another page.
    let found = gateway.store.settlements(merchant, cursor.as_ref(), limit + 1).await;
    let mut found = found.map_err(reply::unreadable)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|it| it.number.to_string());
    let data = found.iter().map(render::settlement).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

pub(crate) fn describe() -> Operation {
    let listed = json!({ "data": [example::settlement("paid")], "next_cursor": null });
    let text = "Newest first, page by page.";
    Operation::new(Tag::Settlements, "listSettlements", "List settlements", text)
        .asks("cursor", "`next_cursor` of the page before.", values::pattern(VoucherNo::PATTERN))
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page<'_>>(200, "A page of settlements.", listed)
}
