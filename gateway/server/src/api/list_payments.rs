//! `GET /v1/payments`: by order number, or all of them page by page.

use axum::extract::State;
use http::StatusCode;
use paymux_core::payment::Payment;
use paymux_core::{OrderNo, PaymentId};
use paymux_engine::problem::Problem;
use paymux_engine::render::{self, PaymentView};
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
#[schema(as = PaymentPage)]
struct Page<'a> {
    /// Newest first.
    data: Vec<PaymentView<'a>>,
    /// `null` on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

struct Wanted {
    order_no: Option<OrderNo>,
    /// The last payment of the page before.
    cursor: Option<PaymentId>,
    limit: usize,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    query: Query,
) -> Answer {
    let wanted = read(query)?;
    let (payments, more) = match &wanted.order_no {
        Some(order_no) => (of_order(&api, &merchant, order_no).await?, false),
        None => page(&api, &merchant, &wanted).await?,
    };
    let snapshot = api.gateway.snapshot.load();
    let next_cursor = payments.last().filter(|_| more).map(|it| it.id.to_string());
    let data = payments.iter().map(|it| render::payment(it, &snapshot)).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

fn read(mut query: Query) -> Result<Wanted, Problem> {
    let order_no = query.optional("order_no", |it| it.parse().map_err(|_| is_not("order_no")));
    let cursor = query.optional("cursor", |it| it.parse().map_err(|_| is_not("cursor")));
    let limit = query.limit();
    if order_no.is_some() && cursor.is_some() {
        query.wrong("cursor", "does not go with order_no".into());
    }
    query.finish()?;
    Ok(Wanted { order_no, cursor, limit })
}

fn is_not(what: &str) -> String {
    format!("is not a well-formed {what}")
}

async fn of_order<S: Store>(
    api: &Api<S>,
    merchant: &Merchant,
    order_no: &OrderNo,
) -> Result<Vec<Payment>, Problem> {
    let key = Key::Order(merchant.id.clone(), order_no.clone());
    let holder = api.gateway.store.holder(&key).await.map_err(reply::unreadable)?;
    match holder.and_then(|it| it.parse().ok()) {
        Some(id) => Ok(vec![api.gateway.owned(merchant, id).await?]),
        None => Ok(vec![]),
    }
}

/// One row more than asked tells whether there is another page.
async fn page<S: Store>(
    api: &Api<S>,
    merchant: &Merchant,
    wanted: &Wanted,
) -> Result<(Vec<Payment>, bool), Problem> {
    let found = api.gateway.store.payments(&merchant.id, wanted.cursor, wanted.limit + 1).await;
    let mut payments = found.map_err(reply::unreadable)?;
    let more = payments.len() > wanted.limit;
    payments.truncate(wanted.limit);
    Ok((payments, more))
}

pub(crate) fn describe() -> Operation {
    let listed = json!({ "data": [example::paid()], "next_cursor": null });
    let text = "Newest first, page by page; or the one of an order.";
    Operation::new(Tag::Payments, "listPayments", "List payments", text)
        .asks("order_no", "Only the payment of this order.", values::pattern(OrderNo::PATTERN))
        .asks("cursor", "`next_cursor` of the page before.", values::pattern(PaymentId::PATTERN))
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page<'_>>(200, "A page of payments.", listed)
}
