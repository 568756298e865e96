//! The ledger, for operators: what a merchant's books hold, what moved in them, and whether every
//! book holds what its postings say.

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::MerchantId;
use paymux_core::ledger::{Book, Posting};
use paymux_engine::flow::settle::Unsound;
use paymux_engine::problem::Problem;
use paymux_engine::{Gateway, render};
use paymux_store::{Balance, Imbalance, Store, Stored};
use serde::Serialize;

use super::access::Who;
use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, reply};

/// More of them are one and the same thing.
const MAX_IMBALANCES: usize = 100;

#[derive(Serialize)]
struct Balances {
    data: Vec<BalanceView>,
}

#[derive(Serialize)]
struct BalanceView {
    book: &'static str,
    currency: &'static str,
    /// As it grows on the book's own side.
    amount: i64,
}

#[derive(Serialize)]
struct Journal {
    data: Vec<PostingView>,
    /// To be given as `after` next time.
    next_after: u64,
}

#[derive(Serialize)]
struct PostingView {
    cursor: u64,
    cause: String,
    debit: String,
    credit: String,
    amount: i64,
    currency: &'static str,
    moved_at: String,
    booked_at: String,
}

#[derive(Serialize)]
struct Checked {
    balanced: bool,
    /// Books that do not hold what their postings say.
    data: Vec<ImbalanceView>,
    /// Settlements that do not add up with the ledger.
    settlements: Vec<UnsoundView>,
}

#[derive(Serialize)]
struct UnsoundView {
    merchant: String,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<String>,
    what: String,
}

#[derive(Serialize)]
struct ImbalanceView {
    book: String,
    currency: String,
    kept: i64,
    derived: i64,
}

/// `GET /admin/v1/merchants/{merchant}/ledger`
pub(super) async fn balances<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    _: NoQuery,
) -> Answer {
    let merchant = theirs(&who, &merchant)?;
    let found = gateway.store.balances(&Book::of_merchant(&merchant)).await;
    let data = found.map_err(reply::unreadable)?.iter().map(balance).collect();
    Ok(reply::json(StatusCode::OK, &Balances { data }))
}

/// `GET /admin/v1/merchants/{merchant}/journal`: oldest first.
pub(super) async fn journal<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    mut query: Query,
) -> Answer {
    let after = query.optional("after", |it| it.parse().map_err(|_| "is no number".to_owned()));
    let (after, limit) = (after.unwrap_or(0), query.limit());
    query.finish()?;
    let merchant = theirs(&who, &merchant)?;
    let found = gateway.store.journal(&merchant, after, limit).await;
    let found = found.map_err(reply::unreadable)?;
    let next_after = found.last().map_or(after, |it| it.cursor);
    let data = found.iter().map(posting).collect();
    Ok(reply::json(StatusCode::OK, &Journal { data, next_after }))
}

/// `GET /admin/v1/ledger/check`: reads all there is, so it is for a quiet hour.
pub(super) async fn check<S: Store>(State(gateway): State<Gateway<S>>, _: NoQuery) -> Answer {
    let found = gateway.store.imbalances(MAX_IMBALANCES).await.map_err(reply::unreadable)?;
    let settlements = gateway.check_all_settlements().await.map_err(Problem::from)?;
    let settlements: Vec<_> = settlements.into_iter().map(unsound).collect();
    let balanced = found.is_empty() && settlements.is_empty();
    let data = found.into_iter().map(imbalance).collect();
    Ok(reply::json(StatusCode::OK, &Checked { balanced, data, settlements }))
}

/// One that left the configuration has its books still.
fn theirs(who: &Who, merchant: &str) -> Result<MerchantId, crate::api::problem::Refusal> {
    let id = merchant.parse().ok().filter(|_| who.sees(merchant));
    id.ok_or_else(|| reply::unknown("merchant").into())
}

fn balance(it: &Balance) -> BalanceView {
    let (book, currency) = (it.book.name(), it.currency.code());
    BalanceView { book, currency, amount: it.book.own(it.amount) }
}

fn posting(it: &Stored<Posting>) -> PostingView {
    let row = &it.row;
    PostingView {
        cursor: it.cursor,
        cause: row.cause().to_string(),
        debit: row.debit().to_string(),
        credit: row.credit().to_string(),
        amount: row.amount().minor(),
        currency: row.amount().currency().code(),
        moved_at: render::time(row.moved_at()),
        booked_at: render::time(row.booked_at()),
    }
}

fn unsound(it: Unsound) -> UnsoundView {
    let Unsound { merchant, currency, settlement, what } = it;
    let settlement = settlement.map(|it| it.to_string());
    UnsoundView { merchant: merchant.to_string(), currency: currency.code(), settlement, what }
}

fn imbalance(it: Imbalance) -> ImbalanceView {
    let Imbalance { book, currency, kept, derived } = it;
    ImbalanceView { book, currency, kept, derived }
}
