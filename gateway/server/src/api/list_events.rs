//! `GET /v1/events`: everything a merchant was to be told, in the order in which it came true.
//!
//! Whoever misses webhooks catches up here, and asks on after the last cursor for ever.

use axum::extract::State;
use http::StatusCode;
use paymux_core::MerchantId;
use paymux_engine::Gateway;
use paymux_engine::problem::{self, Problem};
use paymux_store::{MerchantEvent, Store, Stored};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::extract::Caller;
use super::query::{self, Query};
use super::{Answer, Api, reply, values};
use crate::openapi::{AnyEvent, Operation, Tag, example};

#[derive(Serialize, ToSchema)]
#[schema(as = EventPage)]
struct Page {
    /// Each as its webhook, byte for byte.
    #[schema(value_type = Vec<AnyEvent>)]
    data: Vec<Box<RawValue>>,
    /// To be given as `after` next time, whether or not there is more by now.
    next_after: String,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    query: Query,
) -> Answer {
    page(&api.gateway, &merchant.id, query).await
}

/// Whoever asks.
pub(crate) async fn page<S: Store>(
    gateway: &Gateway<S>,
    merchant: &MerchantId,
    mut query: Query,
) -> Answer {
    let after = query.optional("after", cursor).unwrap_or(0);
    let limit = query.limit();
    query.finish()?;
    let found = gateway.store.events(merchant, after, limit).await;
    let events = found.map_err(reply::unreadable)?;
    let next_after = format!("{:016x}", events.last().map_or(after, |it| it.cursor));
    let data = events.into_iter().map(raw).collect::<Result<_, _>>()?;
    Ok(reply::json(StatusCode::OK, &Page { data, next_after }))
}

/// Exactly one text stands for a place: sixteen small hexadecimal digits.
fn cursor(text: &str) -> Result<u64, String> {
    let digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    let plain = text.len() == 16 && text.bytes().all(digit);
    let cursor = u64::from_str_radix(text, 16).ok().filter(|_| plain);
    // Stores count in 63 bits.
    let cursor = cursor.filter(|it| i64::try_from(*it).is_ok());
    cursor.ok_or_else(|| "is not a cursor that was given".into())
}

fn raw(event: Stored<MerchantEvent>) -> Result<Box<RawValue>, Problem> {
    let text = String::from_utf8(event.row.payload).ok();
    text.and_then(|it| RawValue::from_string(it).ok()).ok_or_else(|| {
        tracing::error!(event_id = %event.row.id, "event.damaged");
        Problem::new(problem::INTERNAL, "an event cannot be read")
    })
}

pub(crate) fn describe() -> Operation {
    let listed = json!({ "data": [example::event("payment.succeeded")], "next_after": CURSOR });
    let text = "Every event, in the order in which it came true. Whoever asks on after the last \
                cursor misses nothing, whatever happened to webhooks.";
    Operation::new(Tag::Events, "listEvents", "List events", text)
        .asks("after", "`next_after` of the page before.", values::pattern("^[0-7][0-9a-f]{15}$"))
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page>(200, "A page of events, oldest first.", listed)
}

const CURSOR: &str = "0000000000000001";
