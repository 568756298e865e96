//! `GET /v1/settlements/{id}/entries`, and the same as comma-separated values.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use paymux_core::VoucherNo;
use paymux_core::settlement::Settlement;
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_engine::render::{self, EntryView};
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::extract::{Caller, Id};
use super::query::{self, Query};
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

/// Of one answer; whoever wants more asks on.
const MOST_LINES: usize = 10_000;

#[derive(Serialize, ToSchema)]
#[schema(as = SettlementEntryPage)]
struct Page {
    /// Oldest first.
    data: Vec<EntryView>,
    /// To be given as `after` next time; `null` on the last page.
    #[schema(required)]
    next_after: Option<i64>,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(number): Id<VoucherNo>,
    mut query: Query,
) -> Answer {
    let (after, limit) = (after(&mut query), query.limit());
    query.finish()?;
    let settlement = api.gateway.owned_settlement(&merchant.id, &number).await?;
    let found = api.gateway.settlement_entries(&settlement, after, limit + 1).await;
    let mut found = found.map_err(Problem::from)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_after = found.last().filter(|_| more).and_then(|it| i64::try_from(it.0.cursor).ok());
    let data = found.iter().map(|it| render::settlement_entry(&it.0, it.1)).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_after }))
}

pub(crate) async fn handle_csv<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(number): Id<VoucherNo>,
    mut query: Query,
) -> Answer {
    let after = after(&mut query);
    query.finish()?;
    let settlement = api.gateway.owned_settlement(&merchant.id, &number).await?;
    lines(&api.gateway, &settlement, after).await
}

pub(crate) fn after(query: &mut Query) -> Option<u64> {
    query.optional("after", |it| it.parse().map_err(|_| "is no number".to_owned()))
}

/// So many as one answer has, behind that place.
pub(crate) async fn lines<S: Store>(
    gateway: &Gateway<S>,
    settlement: &Settlement,
    after: Option<u64>,
) -> Answer {
    let found = gateway.settlement_entries(settlement, after, MOST_LINES).await;
    let found = found.map_err(Problem::from)?;
    let rows = found.iter().map(|it| render::settlement_line(&it.0, it.1));
    let text: String = std::iter::once(render::SETTLEMENT_HEAD.to_owned()).chain(rows).collect();
    let mut answer: Response = reply::bytes(StatusCode::OK, text);
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, csv);
    Ok(answer)
}

fn after_shape() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))
}

pub(crate) fn describe() -> Operation {
    let listed = json!({ "data": [example::settlement_entry()], "next_after": null });
    let text = "Every movement of what you are owed that it is made of: their amounts add up to \
                the statement's items.";
    Operation::new(Tag::Settlements, "listSettlementEntries", "List its entries", text)
        .under("id", VoucherNo::PATTERN, example::SETTLEMENT_NO)
        .asks("after", "`next_after` of the page before.", after_shape())
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page>(200, "A page of entries, oldest first.", listed)
}

pub(crate) fn describe_csv() -> Operation {
    let text = "The same as comma-separated values, 10,000 lines at a time: ask on after the \
                `cursor` of the last line, until there is none.";
    Operation::new(Tag::Settlements, "downloadSettlementEntries", "Download its entries", text)
        .under("id", VoucherNo::PATTERN, example::SETTLEMENT_NO)
        .asks("after", "The `cursor` of the last line before.", after_shape())
        .gives_text(200, "text/csv", "Lines behind a head.", render::SETTLEMENT_HEAD)
}
