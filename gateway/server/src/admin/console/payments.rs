//! Payments: looking for them, and the story of one.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_core::payment::Payment;
use paymux_engine::problem::{FieldError, INVALID_QUERY, Problem};
use paymux_engine::render;
use paymux_store::Store;
use serde::Deserialize;
use serde_json::Value;

use super::{Frame, money, page, refused, time};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::admin::diagnosis::{self, Diagnosis};
use crate::admin::payments::{STATUSES, Search, moment, number, search, seen, status};
use crate::api::timeline::{DeliveryView, EntryView, of};

const ROWS: usize = 25;

/// As the form sends it: what is empty was not filled in.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    number: String,
    merchant: String,
    status: String,
    from: String,
    to: String,
    cursor: String,
}

impl Default for Asked {
    fn default() -> Self {
        let [number, merchant, status, from, to, cursor] = [const { String::new() }; 6];
        Self { number, merchant, status, from, to, cursor }
    }
}

#[derive(Template)]
#[template(path = "console/payments.html")]
struct List {
    f: Frame,
    asked: Asked,
    merchants: Vec<String>,
    statuses: [&'static str; 5],
    problem: String,
    searched: bool,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    id: String,
    merchant: String,
    order_no: String,
    status: &'static str,
    amount: String,
    subject: String,
    account: String,
    created: String,
}

#[derive(Template)]
#[template(path = "console/payment.html")]
struct One {
    f: Frame,
    row: Row,
    metadata: Vec<(String, String)>,
    entries: Vec<Entry>,
    deliveries: Vec<Delivery>,
}

pub(super) struct Entry {
    pub(super) at: String,
    pub(super) kind: String,
    /// Which endpoint, or which account.
    pub(super) about: String,
    pub(super) detail: String,
    pub(super) diagnosis: Option<Diagnosis>,
}

pub(super) struct Delivery {
    pub(super) endpoint: String,
    pub(super) event: String,
    pub(super) status: &'static str,
    pub(super) attempts: u16,
}

pub(crate) async fn payments<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "payments");
    let own = open.who.role.merchant().is_some();
    let searched = own || !asked.number.is_empty() || !asked.merchant.is_empty();
    let found = match asked.read() {
        Ok(wanted) if searched => search(&desk.gateway, &open.who, wanted).await.map(Some),
        Ok(_) => Ok(None),
        Err(problem) => Err(problem),
    };
    let (rows, next, problem) = match found {
        Ok(found) => {
            let next = found.as_ref().and_then(|it| it.next).map(|it| it.to_string());
            let payments = found.map(|it| it.payments).unwrap_or_default();
            (payments.iter().map(row).collect(), asked.following(next), String::new())
        }
        Err(problem) => (vec![], String::new(), told(&problem)),
    };
    let snapshot = desk.gateway.snapshot.load();
    let merchants = snapshot.merchants.keys().filter(|it| open.who.sees(it.as_str()));
    let merchants = merchants.map(ToString::to_string).collect();
    let statuses = STATUSES;
    page(StatusCode::OK, &List { f, asked, merchants, statuses, problem, searched, rows, next })
}

pub(super) fn told(problem: &Problem) -> String {
    let errors = problem.errors.iter().map(|it| format!("{} {}", it.pointer, it.reason));
    let errors = errors.collect::<Vec<_>>().join(", ");
    if errors.is_empty() { problem.detail.clone() } else { errors }
}

impl Asked {
    fn read(&self) -> Result<Search, Problem> {
        let mut errors = vec![];
        let search = Search {
            number: read("number", &self.number, number, &mut errors),
            merchant: read(
                "merchant",
                &self.merchant,
                |it| it.parse().map_err(|_| "is no merchant".to_owned()),
                &mut errors,
            ),
            status: read("status", &self.status, status, &mut errors),
            from: read("from", &self.from, moment, &mut errors),
            to: read("to", &self.to, moment, &mut errors),
            cursor: read(
                "cursor",
                &self.cursor,
                |it| it.parse().map_err(|_| "is none of ours".to_owned()),
                &mut errors,
            ),
            limit: ROWS,
        };
        if errors.is_empty() {
            return Ok(search);
        }
        Err(Problem { errors, ..Problem::new(INVALID_QUERY, "see errors") })
    }

    /// The address of the next page, with all that was asked.
    fn following(&self, cursor: Option<String>) -> String {
        let Some(cursor) = cursor else { return String::new() };
        let mut query = form_urlencoded::Serializer::new(String::new());
        let own = [
            ("merchant", &self.merchant),
            ("status", &self.status),
            ("from", &self.from),
            ("to", &self.to),
        ];
        query.extend_pairs(own.into_iter().filter(|it| !it.1.is_empty()));
        format!("/console/payments?{}", query.append_pair("cursor", &cursor).finish())
    }
}

fn read<T>(
    name: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let wrong = |reason| errors.push(FieldError { pointer: name.into(), reason });
    parse(text).map_err(wrong).ok()
}

fn row(payment: &Payment) -> Row {
    let order = &payment.order;
    let account = payment.attempts.last().map(|it| it.account.to_string());
    Row {
        id: payment.id.to_string(),
        merchant: order.merchant.to_string(),
        order_no: order.order_no.to_string(),
        status: render::status(payment),
        amount: money(order.amount.minor(), order.amount.currency().code()),
        subject: order.subject.clone(),
        account: account.unwrap_or_default(),
        created: time(order.created_at),
    }
}

pub(crate) async fn payment<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let f = Frame::of(&open, &headers, "payments");
    let payment = match seen(&desk.gateway, &open.who, &id).await {
        Ok(payment) => payment,
        Err(problem) => return refused(f, &problem, "/console/payments"),
    };
    let timeline = match of(&desk.gateway, payment.id).await {
        Ok(timeline) => timeline,
        Err(problem) => return refused(f, &problem, "/console/payments"),
    };
    let metadata = payment.order.metadata.clone().into_iter().collect();
    let deliveries = timeline.deliveries.into_iter().map(delivery);
    page(
        StatusCode::OK,
        &One {
            f,
            row: row(&payment),
            metadata,
            entries: timeline.data.into_iter().map(entry).collect(),
            deliveries: deliveries.collect(),
        },
    )
}

pub(super) fn delivery(it: DeliveryView) -> Delivery {
    let DeliveryView { endpoint, event_id: event, status, attempts } = it;
    Delivery { endpoint, event, status, attempts }
}

/// One fact a line, so that a person can read it.
pub(super) fn entry(entry: EntryView) -> Entry {
    let EntryView { at, kind, detail } = entry;
    let detail: Value = serde_json::from_str(detail.get()).unwrap_or_default();
    let diagnosis = (kind == "delivery.attempted").then(|| diagnosed(&detail));
    let about = ["endpoint", "account"].iter().find_map(|it| detail[*it].as_str());
    let about = about.unwrap_or_default().to_owned();
    let facts = detail.as_object().into_iter().flatten().filter(|it| !it.1.is_null());
    let facts = facts.map(|(name, value)| format!("{name}: {}", plain(value)));
    let at = at.replace('T', " ").trim_end_matches('Z').to_owned();
    Entry { at, kind, about, detail: facts.collect::<Vec<_>>().join("\n"), diagnosis }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// From what the timeline keeps of an attempt.
pub(super) fn diagnosed(detail: &Value) -> Diagnosis {
    let status = detail["http_status"].as_u64().and_then(|it| u16::try_from(it).ok());
    let outcome = detail["outcome"].as_str().unwrap_or_default();
    diagnosis::of(outcome, status, detail["looks_like"].as_str())
}
