//! `/admin/v1/transfers`: found, told, and allowed or not.

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::transfer::{Answer as Judgement, Transfer};
use paymux_core::{MerchantId, OrderNo, TransferId};
use paymux_engine::Gateway;
use paymux_engine::problem::{FieldError, INVALID_QUERY, Problem};
use paymux_engine::render::{self, TransferView};
use paymux_store::{Key, Store};
use serde::Serialize;

use super::access::Who;
use super::deed::action;
use super::payments::number;
use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, reply, timeline};

/// More of them wait for more than a list.
const MOST: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) number: Option<String>,
    pub(crate) merchant: Option<MerchantId>,
    pub(crate) cursor: Option<TransferId>,
    pub(crate) limit: usize,
}

pub(crate) struct Found {
    /// Newest first.
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) next: Option<TransferId>,
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
    transfer: TransferView<'a>,
}

fn row(it: &Transfer) -> Row<'_> {
    Row { merchant: it.merchant.as_str(), transfer: render::transfer(it) }
}

pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    mut query: Query,
) -> Answer {
    let is_not = |what: &str| format!("is not a well-formed {what}");
    let number = query.optional("number", number);
    let merchant = query.optional("merchant", |it| it.parse().map_err(|_| is_not("merchant id")));
    let cursor = query.optional("cursor", |it| it.parse().map_err(|_| is_not("cursor")));
    let limit = query.limit();
    query.finish()?;
    let found = search(&gateway, &who, Search { number, merchant, cursor, limit }).await?;
    let data = found.transfers.iter().map(row).collect();
    let next_cursor = found.next.map(|it| it.to_string());
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

pub(super) async fn one<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let transfer = seen(&gateway, &who, &id).await?;
    Ok(reply::json(StatusCode::OK, &row(&transfer)))
}

pub(super) async fn timeline<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let transfer = seen(&gateway, &who, &id).await?;
    let timeline = timeline::of(&gateway, transfer.id.root()).await?;
    Ok(reply::json(StatusCode::OK, &timeline))
}

/// Of another merchant, as if it were not there.
pub(crate) async fn seen<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
) -> Result<Transfer, Problem> {
    let id: TransferId = id.parse().map_err(|_| reply::unknown("transfer"))?;
    let found = gateway.store.transfer(id).await.map_err(reply::unreadable)?;
    let theirs = found.filter(|it| who.sees(it.merchant.as_str()));
    theirs.ok_or_else(|| reply::unknown("transfer"))
}

/// By any number it is known by, of which the merchant's own needs its merchant; or one merchant's.
pub(crate) async fn search<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    search: Search,
) -> Result<Found, Problem> {
    let merchant = who.role.merchant().cloned().or(search.merchant);
    if let Some(number) = &search.number {
        let named = number.parse().or_else(|_| TransferId::from_out_bill_no(number)).ok();
        let id = match (named, &merchant) {
            (Some(id), _) => Some(id),
            (None, Some(merchant)) => of_merchant(gateway, merchant, number).await?,
            (None, None) => return Err(needs_merchant()),
        };
        let Some(id) = id else { return Ok(Found { transfers: vec![], next: None }) };
        let found = gateway.store.transfer(id).await.map_err(reply::unreadable)?;
        let theirs = found.filter(|it| who.sees(it.merchant.as_str()));
        return Ok(Found { transfers: theirs.into_iter().collect(), next: None });
    }
    let merchant = merchant.ok_or_else(needs_merchant)?;
    let found = gateway.store.transfers(&merchant, search.cursor, search.limit + 1).await;
    let mut transfers = found.map_err(reply::unreadable)?;
    // One row more than asked tells whether there is another page.
    let more = transfers.len() > search.limit;
    transfers.truncate(search.limit);
    let next = transfers.last().filter(|_| more).map(|it| it.id);
    Ok(Found { transfers, next })
}

fn needs_merchant() -> Problem {
    let reason = "is needed where no id is given".into();
    let errors = vec![FieldError { pointer: "merchant".into(), reason }];
    Problem { errors, ..Problem::new(INVALID_QUERY, "see errors") }
}

async fn of_merchant<S: Store>(
    gateway: &Gateway<S>,
    merchant: &MerchantId,
    number: &str,
) -> Result<Option<TransferId>, Problem> {
    let Ok(number) = number.parse::<OrderNo>() else { return Ok(None) };
    let key = Key::Transfer(merchant.clone(), number);
    let holder = gateway.store.holder(&key).await.map_err(reply::unreadable)?;
    Ok(holder.and_then(|it| it.parse().ok()))
}

/// What waits for somebody, the oldest first.
pub(crate) async fn waiting<S: Store>(gateway: &Gateway<S>) -> Result<Vec<Transfer>, Problem> {
    gateway.store.held_transfers(MOST).await.map_err(reply::unreadable)
}

/// `GET /admin/v1/transfers/held`: the oldest first.
pub(super) async fn held<S: Store>(State(gateway): State<Gateway<S>>, _: NoQuery) -> Answer {
    let held = waiting(&gateway).await?;
    let data = held.iter().map(row).collect();
    Ok(reply::json(StatusCode::OK, &reply::List { data }))
}

pub(super) async fn approve<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Answer {
    judge(&gateway, &who, &id, Judgement::Yes).await
}

pub(super) async fn decline<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Answer {
    judge(&gateway, &who, &id, Judgement::No).await
}

/// The judgement and who gave it go into one commit.
async fn judge<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
    judgement: Judgement,
) -> Answer {
    let transfer = judged(gateway, who, id, judgement).await?;
    Ok(reply::json(StatusCode::OK, &render::transfer(&transfer)))
}

pub(crate) async fn judged<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
    judgement: Judgement,
) -> Result<Transfer, Problem> {
    let action = match judgement {
        Judgement::Yes => action::TRANSFER_APPROVE,
        Judgement::No => action::TRANSFER_DECLINE,
    };
    let id: TransferId = id.parse().map_err(|_| reply::unknown("transfer"))?;
    let act = Some(who.did(action, &id.to_string(), gateway.now()));
    gateway.judge_transfer(id, &who.name, judgement, act).await
}
