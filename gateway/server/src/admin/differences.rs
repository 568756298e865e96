//! `/admin/v1/differences`: what bills and books differ in, and what people do about it.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use paymux_channel::china;
use paymux_core::AccountId;
use paymux_core::reconcile::{DifferenceRecord, DifferenceState, Key, Repair, Seen};
use paymux_core::route::Day;
use paymux_engine::flow::difference::Decision;
use paymux_engine::{Gateway, render};
use paymux_store::{Place, Store, Which};
use serde::Serialize;
use serde_json::json;

use super::access::Who;
use super::bills::{day, plain, text};
use super::deed::action;
use crate::api::fields::{Fields, Rule};
use crate::api::query::Query;
use crate::api::{Answer, reply};

/// Rows of one read.
const PAGE: usize = 100;
/// Rows of one file; more of them are found by day.
const MAX_ROWS: usize = 10_000;

const REASON: Rule<String> = Rule { read: text, shape: plain };

/// A difference as operators see it.
#[derive(Serialize)]
pub(super) struct Shown {
    account: String,
    /// What it is about, and the channel's number of that.
    pub(super) key: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) day: Option<String>,
    /// None where there is none of this number here.
    merchant: Option<String>,
    pub(super) payment: String,
    pub(super) bill: Option<Side>,
    pub(super) books: Option<Side>,
    /// What can be done about it as it stands.
    pub(super) repairs: Vec<&'static str>,
    pub(super) by: Option<String>,
    pub(super) reason: Option<String>,
    confirmed_by: Option<String>,
    found_at: String,
    changed_at: String,
}

#[derive(Serialize)]
pub(super) struct Side {
    pub(super) day: Option<String>,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    /// In thousandths of the minor unit.
    fee_thousandths: Option<i64>,
    settled: bool,
    /// In the bill's file.
    line: Option<u32>,
}

impl Side {
    fn of(it: &Seen) -> Self {
        let line = it.line;
        Self {
            day: china::date(it.day),
            amount: line.amount,
            currency: line.currency.code(),
            fee_thousandths: line.fee,
            settled: line.settled,
            line: (line.at > 0).then_some(line.at),
        }
    }
}

impl Shown {
    pub(super) fn of(it: &DifferenceRecord) -> Self {
        let (by, reason, confirmed_by) = match &it.state {
            DifferenceState::Waiting | DifferenceState::Open | DifferenceState::Resolved => {
                (None, None, None)
            }
            DifferenceState::Proposed { by, reason } | DifferenceState::Accepted { by, reason } => {
                (Some(by.clone()), Some(reason.clone()), None)
            }
            DifferenceState::WrittenOff { by, reason, confirmed_by } => {
                (Some(by.clone()), Some(reason.clone()), Some(confirmed_by.clone()))
            }
        };
        Self {
            account: it.account.to_string(),
            key: it.key.to_string(),
            kind: it.kind.name(),
            state: it.state.name(),
            day: china::date(it.day()),
            merchant: it.merchant.as_ref().map(ToString::to_string),
            payment: it.key.payment.to_string(),
            bill: it.bill.as_ref().map(Side::of),
            books: it.books.as_ref().map(Side::of),
            repairs: it.repairs().into_iter().map(Repair::name).collect(),
            by,
            reason,
            confirmed_by,
            found_at: render::time(it.found_at),
            changed_at: render::time(it.changed_at),
        }
    }

    fn cells(&self) -> Vec<String> {
        let side = |it: &Option<Side>| match it {
            Some(it) => [
                it.day.clone().unwrap_or_default(),
                it.amount.to_string(),
                it.currency.to_owned(),
                it.line.map(|it| it.to_string()).unwrap_or_default(),
            ],
            None => [const { String::new() }; 4],
        };
        let [bill_day, bill_amount, bill_currency, line] = side(&self.bill);
        let [books_day, books_amount, books_currency, _] = side(&self.books);
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        vec![
            self.account.clone(),
            text(&self.day),
            self.kind.to_owned(),
            self.state.to_owned(),
            self.key.clone(),
            self.payment.clone(),
            text(&self.merchant),
            bill_day,
            bill_amount,
            bill_currency,
            line,
            books_day,
            books_amount,
            books_currency,
            text(&self.by),
            text(&self.confirmed_by),
            text(&self.reason),
            self.found_at.clone(),
            self.changed_at.clone(),
        ]
    }
}

const COLUMNS: [&str; 19] = [
    "account",
    "day",
    "kind",
    "state",
    "key",
    "payment",
    "merchant",
    "bill_day",
    "bill_amount",
    "bill_currency",
    "bill_line",
    "books_day",
    "books_amount",
    "books_currency",
    "by",
    "confirmed_by",
    "reason",
    "found_at",
    "changed_at",
];

/// What somebody wants to see of them.
pub(super) struct Wanted {
    pub(super) which: Which,
    limit: usize,
    csv: bool,
}

impl Wanted {
    fn read(mut query: Query) -> Result<Self, paymux_engine::problem::Problem> {
        let account = query.optional("account", |it| {
            it.parse::<AccountId>().map_err(|_| "is not the id of an account".to_owned())
        });
        let wanted = Self {
            which: Which {
                account,
                day: query.optional("day", day),
                open: query.optional("state", open).unwrap_or(true),
                after: query.optional("after", place),
            },
            csv: query.optional("format", format).unwrap_or_default(),
            limit: query.limit(),
        };
        query.finish().map(|()| wanted)
    }
}

fn open(text: &str) -> Result<bool, String> {
    match text {
        "open" => Ok(true),
        "all" => Ok(false),
        _ => Err("must be open or all".into()),
    }
}

fn format(text: &str) -> Result<bool, String> {
    match text {
        "json" => Ok(false),
        "csv" => Ok(true),
        _ => Err("must be json or csv".into()),
    }
}

/// Where a list goes on: the day, the account and the key of its last row.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let parse = || {
        let (day, rest) = text.split_once('/')?;
        let (account, key) = rest.split_once('/')?;
        Some(Place {
            day: Day(day.parse().ok()?),
            account: account.parse().ok()?,
            key: key.parse().ok()?,
        })
    };
    parse().ok_or_else(|| "is none of ours".into())
}

pub(super) fn written(it: &Place) -> String {
    format!("{}/{}/{}", it.day.0, it.account, it.key)
}

/// `GET /admin/v1/differences?account=…&day=…&state=open|all&after=…&limit=…&format=json|csv`: the
/// newest days first.
pub(super) async fn list<S: Store>(State(gateway): State<Gateway<S>>, query: Query) -> Answer {
    let wanted = Wanted::read(query)?;
    if wanted.csv {
        return Ok(file(&gateway, wanted.which).await?);
    }
    let rows = gateway.store.differences(&wanted.which, wanted.limit).await;
    let rows = rows.map_err(reply::unreadable)?;
    let next = rows.last().filter(|_| rows.len() == wanted.limit).map(|it| written(&Place::of(it)));
    let data: Vec<_> = rows.iter().map(Shown::of).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "data": data, "next_after": next })))
}

/// All of them, up to a limit.
pub(super) async fn file<S: Store>(
    gateway: &Gateway<S>,
    mut which: Which,
) -> Result<Response, paymux_engine::problem::Problem> {
    let mut file = String::new();
    line(&mut file, COLUMNS.iter().map(|it| (*it).to_owned()));
    let mut rows = 0;
    while rows < MAX_ROWS {
        let page = gateway.store.differences(&which, PAGE).await.map_err(reply::unreadable)?;
        page.iter().for_each(|it| line(&mut file, Shown::of(it).cells().into_iter()));
        rows += page.len();
        match page.last().filter(|_| page.len() == PAGE) {
            Some(last) => which.after = Some(Place::of(last)),
            None => break,
        }
    }
    let mut response = reply::bytes(StatusCode::OK, file);
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// RFC 4180; and no cell that a spreadsheet would run.
fn line(file: &mut String, cells: impl Iterator<Item = String>) {
    let cell = |it: String| {
        let it = if it.starts_with(['=', '+', '@', '\t', '\r']) { format!("'{it}") } else { it };
        if it.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", it.replace('"', "\"\""))
        } else {
            it
        }
    };
    file.push_str(&cells.map(cell).collect::<Vec<_>>().join(","));
    file.push_str("\r\n");
}

/// Which repair a route is for: its place in [`Repair::ALL`].
pub(super) const QUERY: usize = 0;
pub(super) const ACCEPT: usize = 1;
pub(super) const REFUND: usize = 2;
pub(super) const WRITE_OFF: usize = 3;
pub(super) const CONFIRM: usize = 4;
pub(super) const REJECT: usize = 5;

/// `POST /admin/v1/differences/{account}/{about}/{number}/{repair}`: `{"reason"}`.
pub(super) async fn repair<S: Store, const N: usize>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((account, about, number)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let reason = match body.is_empty() {
        true => None,
        false => Fields::read(&body, |it| Some(it.optional("reason", REASON)))?,
    };
    let key = format!("{about}/{number}");
    let repair = Repair::ALL[N];
    let row = decide(&gateway, &who, (&account, &key), repair, reason.unwrap_or_default()).await?;
    Ok(reply::json(StatusCode::OK, &Shown::of(&row)))
}

/// As a token or a page has it done.
pub(super) async fn decide<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    (account, key): (&str, &str),
    repair: Repair,
    why: String,
) -> Result<DifferenceRecord, paymux_engine::problem::Problem> {
    let unknown = || reply::unknown("difference");
    let account: AccountId = account.parse().map_err(|_| unknown())?;
    let key: Key = key.parse().map_err(|_| unknown())?;
    let object = format!("{account}/{key}");
    let detail = json!({ "repair": repair.name(), "reason": why });
    let act = who.tried(action::DIFFERENCE, &object, "done", detail, gateway.now());
    let decision = Decision { repair, who: who.name.clone(), why };
    gateway.repair_difference(&account, key, &decision, Some(act)).await
}
