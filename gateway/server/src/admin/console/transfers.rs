//! Transfers: looking for them, the story of one, and allowing what is held.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_core::transfer::{Answer as Judgement, State as Standing, Transfer};
use paymux_engine::problem::Problem;
use paymux_store::Store;
use serde::Deserialize;

use super::payments::{Delivery, Entry, delivery, entry, told};
use super::{Frame, done, money, page, refused, time};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::admin::access::user::Least;
use crate::admin::transfers::{Found, Search, judged, search, seen, waiting};
use crate::api::reply;
use crate::api::timeline::of;

const ROWS: usize = 25;
const HERE: &str = "/console/transfers";

/// As the form sends it: what is empty was not filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    number: String,
    merchant: String,
    cursor: String,
}

#[derive(Template)]
#[template(path = "console/transfers.html")]
struct List {
    f: Frame,
    asked: Asked,
    merchants: Vec<String>,
    problem: String,
    /// Nothing was asked for: what waits for somebody is shown.
    held: bool,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    id: String,
    merchant: String,
    transfer_no: String,
    status: &'static str,
    amount: String,
    title: String,
    payee: String,
    account: String,
    created: String,
}

#[derive(Template)]
#[template(path = "console/transfer.html")]
struct One {
    f: Frame,
    row: Row,
    out_bill_no: String,
    channel_transfer_no: String,
    approved_by: String,
    /// It is held, and whoever looks may allow it.
    judges: bool,
    entries: Vec<Entry>,
    deliveries: Vec<Delivery>,
}

pub(crate) async fn transfers<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "transfers");
    let held = f.staff && asked.number.is_empty() && asked.merchant.is_empty();
    let found = if held {
        waiting(&desk.gateway).await.map(|transfers| Found { transfers, next: None })
    } else {
        match asked.read() {
            Ok(wanted) => search(&desk.gateway, &open.who, wanted).await,
            Err(problem) => Err(problem),
        }
    };
    let (rows, next, problem) = match found {
        Ok(found) => {
            let next = found.next.map(|it| asked.following(&it.to_string()));
            let rows = found.transfers.iter().map(row).collect();
            (rows, next.unwrap_or_default(), String::new())
        }
        Err(problem) => (vec![], String::new(), told(&problem)),
    };
    let snapshot = desk.gateway.snapshot.load();
    let merchants = snapshot.merchants.keys().filter(|it| open.who.sees(it.as_str()));
    let merchants = merchants.map(ToString::to_string).collect();
    page(StatusCode::OK, &List { f, asked, merchants, problem, held, rows, next })
}

impl Asked {
    fn read(&self) -> Result<Search, Problem> {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let merchant = given(&self.merchant).map(|it| it.parse()).transpose();
        let cursor = given(&self.cursor).map(|it| it.parse()).transpose();
        Ok(Search {
            number: given(&self.number).map(|it| it.trim().to_owned()),
            merchant: merchant.map_err(|_| reply::unknown("merchant"))?,
            cursor: cursor.map_err(|_| reply::unknown("page"))?,
            limit: ROWS,
        })
    }

    fn following(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("merchant", &self.merchant).append_pair("cursor", cursor);
        format!("{HERE}?{}", query.finish())
    }
}

fn row(it: &Transfer) -> Row {
    Row {
        id: it.id.to_string(),
        merchant: it.merchant.to_string(),
        transfer_no: it.transfer_no.to_string(),
        status: it.state.name(),
        amount: money(it.amount.minor(), it.amount.currency().code()),
        title: it.title.clone(),
        payee: format!("{} {}", it.payee.kind.name(), it.payee.shown()),
        account: it.account.to_string(),
        created: time(it.created_at),
    }
}

pub(crate) async fn transfer<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let f = Frame::of(&open, &headers, "transfers");
    let transfer = match seen(&desk.gateway, &open.who, &id).await {
        Ok(transfer) => transfer,
        Err(problem) => return refused(f, &problem, HERE),
    };
    let timeline = match of(&desk.gateway, transfer.id.root()).await {
        Ok(timeline) => timeline,
        Err(problem) => return refused(f, &problem, HERE),
    };
    let one = One {
        judges: transfer.state == Standing::Held && open.who.role.reaches(Least::Admin),
        row: row(&transfer),
        out_bill_no: transfer.id.out_bill_no(),
        channel_transfer_no: transfer.channel_transfer_no.unwrap_or_default(),
        approved_by: transfer.approved_by.unwrap_or_default(),
        entries: timeline.data.into_iter().map(entry).collect(),
        deliveries: timeline.deliveries.into_iter().map(delivery).collect(),
        f,
    };
    page(StatusCode::OK, &one)
}

/// `approve` or `decline`.
pub(crate) async fn judge<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path((id, verb)): Path<(String, String)>,
) -> Response {
    let f = Frame::of(&open, &headers, "transfers");
    let judgement = match verb.as_str() {
        "approve" => Judgement::Yes,
        "decline" => Judgement::No,
        _ => return refused(f, &reply::unknown("action"), HERE),
    };
    match judged(&desk.gateway, &open.who, &id, judgement).await {
        Ok(it) => done(f, format!("{} {}", it.id, it.state.name()), HERE),
        Err(problem) => refused(f, &problem, HERE),
    }
}

#[cfg(test)]
mod tests;
