//! What bills and books differ in, with a way to each payment's timeline, and what to do about it.

use askama::Template;
use axum::Extension;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use paymux_core::AccountId;
use paymux_core::reconcile::Repair;
use paymux_engine::problem::{FieldError, INVALID_QUERY, Problem};
use paymux_store::{Place, Store, Which};
use serde::Deserialize;

use super::{Frame, done, money, page, refused};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::admin::access::user::Least;
use crate::admin::bills::day;
use crate::admin::differences::{Shown, Side, decide as decided, file, place, written};
use crate::api::reply;

const ROWS: usize = 25;
const HERE: &str = "/console/differences";

/// As the form sends it: what is empty was not filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    account: String,
    day: String,
    state: String,
    after: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    reason: String,
}

#[derive(Template)]
#[template(path = "console/differences.html")]
struct List {
    f: Frame,
    asked: Asked,
    accounts: Vec<String>,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    it: Shown,
    account: String,
    bill: String,
    books: String,
    /// What this user may do.
    acts: Vec<Act>,
}

struct Act {
    path: String,
    name: &'static str,
    chinese: &'static str,
    /// Whether it wants a reason.
    reason: bool,
}

impl Asked {
    fn read(&self) -> Result<Which, Problem> {
        let mut errors = vec![];
        let account = |it: &str| it.parse::<AccountId>().map_err(|_| "is no account".to_owned());
        let which = Which {
            account: read("account", &self.account, account, &mut errors),
            day: read("day", &self.day, day, &mut errors),
            after: read("after", &self.after, place, &mut errors),
            open: self.state != "all",
        };
        if errors.is_empty() {
            return Ok(which);
        }
        Err(Problem { errors, ..Problem::new(INVALID_QUERY, "see errors") })
    }
}

fn read<T>(
    name: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let parsed = (!text.is_empty()).then(|| parse(text))?;
    let wrong = |reason| errors.push(FieldError { pointer: name.into(), reason });
    parsed.map_err(wrong).ok()
}

pub(crate) async fn differences<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "differences");
    let found = match asked.read() {
        Ok(which) => desk.gateway.store.differences(&which, ROWS).await.map_err(reply::unreadable),
        Err(problem) => Err(problem),
    };
    match found {
        Ok(found) => {
            let last = found.last().filter(|_| found.len() == ROWS);
            let next = last.map(|it| written(&Place::of(it))).unwrap_or_default();
            let rows = found.iter().map(|it| row(Shown::of(it), it, &open)).collect();
            let snapshot = desk.gateway.snapshot.load();
            let accounts = snapshot.accounts.keys().map(ToString::to_string).collect();
            page(StatusCode::OK, &List { f, asked, accounts, rows, next })
        }
        Err(problem) => refused(f, &problem, HERE),
    }
}

fn row(it: Shown, stored: &paymux_core::reconcile::DifferenceRecord, open: &Open) -> Row {
    let side = |it: &Option<Side>| match it {
        Some(it) => {
            format!("{} ({})", money(it.amount, it.currency), it.day.clone().unwrap_or_default())
        }
        None => "–".to_owned(),
    };
    let account = stored.account.to_string();
    let (bill, books) = (side(&it.bill), side(&it.books));
    let may = |repair: &Repair| {
        let least = match repair {
            Repair::Accept | Repair::Refund | Repair::Confirm => Least::Admin,
            Repair::Query | Repair::WriteOff | Repair::Reject => Least::Operator,
        };
        open.who.role.reaches(least)
    };
    let act = |repair: Repair| Act {
        path: format!("{HERE}/{account}/{}/{}", it.key, repair.name()),
        name: repair.name(),
        chinese: chinese(repair),
        reason: matches!(repair, Repair::Accept | Repair::Refund | Repair::WriteOff),
    };
    let acts = stored.repairs().into_iter().filter(may).map(act).collect();
    Row { account, bill, books, acts, it }
}

const fn chinese(repair: Repair) -> &'static str {
    match repair {
        Repair::Query => "重新查询",
        Repair::Accept => "以渠道为准",
        Repair::Refund => "退款",
        Repair::WriteOff => "申请核销",
        Repair::Confirm => "确认核销",
        Repair::Reject => "驳回核销",
    }
}

/// `GET /console/differences.csv`: what the page shows, for a spreadsheet.
pub(crate) async fn differences_file<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let file = match asked.read() {
        Ok(which) => file(&desk.gateway, which).await,
        Err(problem) => Err(problem),
    };
    match file {
        Ok(mut file) => {
            let name = HeaderValue::from_static("attachment; filename=\"differences.csv\"");
            file.headers_mut().insert(header::CONTENT_DISPOSITION, name);
            file
        }
        Err(problem) => refused(Frame::of(&open, &headers, "differences"), &problem, HERE),
    }
}

/// `POST /console/differences/{account}/{about}/{number}/{repair}`
pub(crate) async fn decide<S: Store, const N: usize>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path((account, about, number)): Path<(String, String, String)>,
    Form(wish): Form<Wish>,
) -> Response {
    let f = Frame::of(&open, &headers, "differences");
    let (key, repair) = (format!("{about}/{number}"), Repair::ALL[N]);
    let row = decided(&desk.gateway, &open.who, (&account, &key), repair, wish.reason).await;
    match row {
        Ok(row) => done(f, format!("{key}: {}", row.state.name()), HERE),
        Err(problem) => refused(f, &problem, HERE),
    }
}
