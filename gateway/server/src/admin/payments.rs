//! `GET /admin/v1/payments`: found by any number they are known by, or listed by merchant.
//!
//! Only what an index serves is offered: a number, or one merchant's newest first. A status is
//! looked for among so many rows of a page and no more; the cursor goes on from there.

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::payment::Payment;
use paymux_core::{
    AttemptId, DeliveryId, EventId, MerchantId, OrderNo, PaymentId, RefundId, Timestamp,
};
use paymux_engine::Gateway;
use paymux_engine::problem::{FieldError, INVALID_QUERY, Problem};
use paymux_engine::render::{self, PaymentView};
use paymux_store::{Key, Store};
use serde::Serialize;

use super::access::Who;
use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, reply, timeline};

/// Rows that one page looks at for a status.
const LOOKED_AT: usize = 1000;
/// Payments that share one number of a channel, or of several merchants.
const SAME_NUMBER: usize = 20;
const MAX_NUMBER_CHARS: usize = 128;
pub(crate) const STATUSES: [&str; 5] = ["processing", "pending", "succeeded", "failed", "closed"];

#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) number: Option<String>,
    pub(crate) merchant: Option<MerchantId>,
    pub(crate) status: Option<&'static str>,
    /// The earliest and the first that is too late.
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    pub(crate) cursor: Option<PaymentId>,
    pub(crate) limit: usize,
}

pub(crate) struct Found {
    /// Newest first.
    pub(crate) payments: Vec<Payment>,
    /// Where to go on; there may be a next page although this one is short.
    pub(crate) next: Option<PaymentId>,
}

#[derive(Serialize)]
struct Page<'a> {
    data: Vec<Row<'a>>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    merchant: &'a str,
    #[serde(flatten)]
    payment: PaymentView<'a>,
}

pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    query: Query,
) -> Answer {
    let found = search(&gateway, &who, read(query)?).await?;
    let snapshot = gateway.snapshot.load();
    let row = |it| Row { merchant: merchant_of(it), payment: render::payment(it, &snapshot) };
    let data = found.payments.iter().map(row).collect();
    let next_cursor = found.next.map(|it| it.to_string());
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

pub(super) async fn one<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let payment = seen(&gateway, &who, &id).await?;
    let snapshot = gateway.snapshot.load();
    let merchant = merchant_of(&payment);
    let row = Row { merchant, payment: render::payment(&payment, &snapshot) };
    Ok(reply::json(StatusCode::OK, &row))
}

pub(super) async fn timeline<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let payment = seen(&gateway, &who, &id).await?;
    let timeline = timeline::of(&gateway, payment.id).await?;
    Ok(reply::json(StatusCode::OK, &timeline))
}

fn merchant_of(payment: &Payment) -> &str {
    payment.order.merchant.as_str()
}

/// Of another merchant, as if it were not there.
pub(crate) async fn seen<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
) -> Result<Payment, Problem> {
    let id: PaymentId = id.parse().map_err(|_| reply::unknown("payment"))?;
    let found = gateway.store.payment(id).await.map_err(reply::unreadable)?;
    let theirs = found.filter(|it| who.sees(merchant_of(it)));
    theirs.ok_or_else(|| reply::unknown("payment"))
}

fn read(mut query: Query) -> Result<Search, Problem> {
    let number = query.optional("number", number);
    let merchant = query.optional("merchant", |it| it.parse().map_err(|_| is_not("merchant id")));
    let status = query.optional("status", status);
    let (from, to) = (query.optional("from", moment), query.optional("to", moment));
    let cursor = query.optional("cursor", |it| it.parse().map_err(|_| is_not("cursor")));
    let limit = query.limit();
    query.finish()?;
    Ok(Search { number, merchant, status, from, to, cursor, limit })
}

fn is_not(what: &str) -> String {
    format!("is not a well-formed {what}")
}

pub(crate) fn number(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=MAX_NUMBER_CHARS).contains(&text.len());
    if fits { Ok(text.to_owned()) } else { Err(format!("has 1 to {MAX_NUMBER_CHARS} characters")) }
}

pub(crate) fn status(text: &str) -> Result<&'static str, String> {
    let found = STATUSES.iter().find(|it| **it == text);
    found.copied().ok_or_else(|| format!("must be one of {}", STATUSES.join(", ")))
}

/// RFC 3339; without an offset, in UTC, as a browser's field for a moment says it.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong = "must be a moment such as 2026-01-31T12:00:00Z";
    let in_utc = || {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(in_utc);
    moment.map(|it| Timestamp(it.as_millisecond())).ok_or_else(|| wrong.into())
}

pub(crate) async fn search<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    search: Search,
) -> Result<Found, Problem> {
    let own = who.role.merchant();
    let merchant = own.cloned().or_else(|| search.merchant.clone());
    if let Some(number) = &search.number {
        let mut payments = by_number(gateway, merchant.as_ref(), number).await?;
        payments.retain(|it| who.sees(merchant_of(it)));
        payments.sort_by_key(|it| std::cmp::Reverse(it.id));
        return Ok(Found { payments, next: None });
    }
    let Some(merchant) = merchant else {
        let reason = "is needed where no number is given".into();
        let errors = vec![FieldError { pointer: "merchant".into(), reason }];
        return Err(Problem { errors, ..Problem::new(INVALID_QUERY, "see errors") });
    };
    listed(gateway, &merchant, &search).await
}

/// Every id but the merchant's own numbers and the channel's names its payment.
fn named(number: &str) -> Option<PaymentId> {
    let payment = number.parse().ok();
    let attempt = || number.parse::<AttemptId>().ok().map(|it| it.payment);
    let refund = || number.parse::<RefundId>().ok().map(|it| it.payment);
    let event = || number.parse::<EventId>().ok().map(|it| it.payment);
    let delivery = || number.parse::<DeliveryId>().ok().map(|it| it.event.payment);
    payment.or_else(attempt).or_else(refund).or_else(event).or_else(delivery)
}

async fn by_number<S: Store>(
    gateway: &Gateway<S>,
    merchant: Option<&MerchantId>,
    number: &str,
) -> Result<Vec<Payment>, Problem> {
    let mut ids: Vec<PaymentId> = named(number).into_iter().collect();
    if ids.is_empty() {
        ids = of_merchants(gateway, merchant, number).await?;
        let known = gateway.store.by_trade_no(number, SAME_NUMBER).await;
        ids.extend(known.map_err(reply::unreadable)?);
        ids.sort();
        ids.dedup();
    }
    let mut payments = vec![];
    for id in ids {
        payments.extend(gateway.store.payment(id).await.map_err(reply::unreadable)?);
    }
    Ok(payments)
}

/// By an `order_no` or a `refund_no`: one look at an index, or of one merchant two at its keys.
async fn of_merchants<S: Store>(
    gateway: &Gateway<S>,
    merchant: Option<&MerchantId>,
    number: &str,
) -> Result<Vec<PaymentId>, Problem> {
    let Ok(number) = number.parse::<OrderNo>() else { return Ok(vec![]) };
    let Some(merchant) = merchant else {
        let found = gateway.store.by_merchants_no(&number, SAME_NUMBER).await;
        return found.map_err(reply::unreadable);
    };
    let mut found = vec![];
    for key in [Key::Order, Key::Refund].map(|it| it(merchant.clone(), number.clone())) {
        let holder = gateway.store.holder(&key).await.map_err(reply::unreadable)?;
        found.extend(holder.as_deref().and_then(named));
    }
    Ok(found)
}

async fn listed<S: Store>(
    gateway: &Gateway<S>,
    merchant: &MerchantId,
    search: &Search,
) -> Result<Found, Problem> {
    let limit = search.limit;
    let look = if search.status.is_some() { LOOKED_AT } else { limit };
    // The first id of the moment: ids sort by time.
    let to = search.to.map(|it| PaymentId::new(it, merchant, 0));
    let before = [search.cursor, to].into_iter().flatten().min();
    let rows = gateway.store.payments(merchant, before, look + 1).await;
    let mut rows = rows.map_err(reply::unreadable)?;
    let more = rows.len() > look;
    rows.truncate(look);
    let mut last = rows.last().filter(|_| more).map(|it| it.id);
    if search.from.is_some_and(|from| rows.last().is_some_and(|it| it.order.created_at < from)) {
        last = None;
    }
    let wanted = |it: &Payment| {
        search.status.is_none_or(|status| render::status(it) == status)
            && search.from.is_none_or(|from| it.order.created_at >= from)
    };
    rows.retain(wanted);
    if rows.len() > limit {
        rows.truncate(limit);
        last = rows.last().map(|it| it.id);
    }
    Ok(Found { payments: rows, next: last })
}
