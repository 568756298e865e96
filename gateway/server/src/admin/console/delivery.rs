//! What an endpoint did not take, why, and sending it again.

use askama::Template;
use axum::Extension;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_core::delivery::Delivery;
use paymux_engine::problem::{INVALID_FIELD, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde::Deserialize;
use serde_json::Value;

use super::payments::diagnosed;
use super::{Frame, done, page, refused};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::admin::diagnosis::Diagnosis;
use crate::admin::endpoints::{find, turn};
use crate::admin::payments::moment;
use crate::admin::replays::{self, Range};
use crate::api::reply;

const ROWS: usize = 25;
const HERE: &str = "/console/deliveries";

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    merchant: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    endpoint: String,
}

#[derive(Deserialize)]
pub(crate) struct Missed {
    merchant: String,
    endpoint: String,
    from: String,
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "console/deliveries.html")]
struct Deliveries {
    f: Frame,
    merchant: String,
    merchants: Vec<String>,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    id: String,
    url: String,
    enabled: bool,
    status: String,
    failing: Vec<Failing>,
}

struct Failing {
    payment: String,
    event: String,
    state: &'static str,
    attempts: u16,
    diagnosis: Option<Diagnosis>,
}

pub(crate) async fn deliveries<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "deliveries");
    let snapshot = desk.gateway.snapshot.load_full();
    let merchants = snapshot.merchants.keys().filter(|it| open.who.sees(it.as_str()));
    let merchants: Vec<_> = merchants.map(ToString::to_string).collect();
    let merchant = merchants.iter().find(|it| **it == asked.merchant).or(merchants.first());
    let merchant = merchant.cloned().unwrap_or_default();
    let endpoints = match find(&desk.gateway, &merchant) {
        Ok(merchant) => endpoints(&desk, &merchant).await,
        Err(_) => Ok(vec![]),
    };
    match endpoints {
        Ok(endpoints) => page(StatusCode::OK, &Deliveries { f, merchant, merchants, endpoints }),
        Err(problem) => refused(f, &problem, HERE),
    }
}

async fn endpoints<S: Store>(
    desk: &Desk<S>,
    merchant: &Merchant,
) -> Result<Vec<Endpoint>, Problem> {
    let (store, mut endpoints) = (&desk.gateway.store, vec![]);
    for it in &merchant.endpoints {
        let state = desk.gateway.endpoint_state(&merchant.id, &it.id).await;
        let state = state.map_err(reply::unreadable)?;
        let rows = store.failing(&merchant.id, &it.id, None, ROWS).await;
        let mut failing = vec![];
        for row in rows.map_err(reply::unreadable)? {
            failing.push(with_cause(desk, row).await?);
        }
        let status = state.disabled.map_or("", |it| it.reason.name());
        endpoints.push(Endpoint {
            id: it.id.to_string(),
            url: it.url.clone(),
            enabled: state.is_enabled(),
            status: status.to_owned(),
            failing,
        });
    }
    Ok(endpoints)
}

/// By the last attempt that its payment's timeline tells of.
async fn with_cause<S: Store>(desk: &Desk<S>, row: Delivery) -> Result<Failing, Problem> {
    let payment = row.id.event.payment;
    let entries = desk.gateway.store.timeline(payment).await.map_err(reply::unreadable)?;
    let (event, endpoint) = (row.id.event.to_string(), row.id.endpoint.as_str());
    let attempts = entries.iter().rev().filter(|it| it.kind == "delivery.attempted");
    let mut details = attempts.filter_map(|it| serde_json::from_str::<Value>(&it.detail).ok());
    let last = details.find(|it| it["event_id"] == event.as_str() && it["endpoint"] == endpoint);
    Ok(Failing {
        payment: payment.to_string(),
        event,
        state: row.state.name(),
        attempts: row.attempts,
        diagnosis: last.as_ref().map(diagnosed),
    })
}

pub(crate) async fn replay<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Response {
    let f = Frame::of(&open, &headers, "deliveries");
    let endpoint = wanted.endpoint.parse().ok();
    match replays::replay_event(&desk.gateway, &open.who, &id, endpoint.as_ref()).await {
        Ok(deliveries) => {
            let to: Vec<_> = deliveries.iter().map(|it| it.id.endpoint.to_string()).collect();
            done(f, format!("{id} → {}", to.join(", ")), HERE)
        }
        Err(problem) => refused(f, &problem, HERE),
    }
}

pub(crate) async fn replay_range<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Form(missed): Form<Missed>,
) -> Response {
    let f = Frame::of(&open, &headers, "deliveries");
    let replayed = match range(&desk, &missed) {
        Ok(mut range) => all_of(&desk, &open, &mut range).await,
        Err(problem) => Err(problem),
    };
    match replayed {
        Ok(text) => done(f, text, HERE),
        Err(problem) => refused(f, &problem, HERE),
    }
}

/// A page waits for so many payments; for more there is the API, which goes on from a cursor.
const STEPS: usize = 5;

async fn all_of<S: Store>(
    desk: &Desk<S>,
    open: &Open,
    range: &mut Range,
) -> Result<String, Problem> {
    let mut count = 0;
    for _ in 0..STEPS {
        let step = replays::replay_range(&desk.gateway, &open.who, range).await?;
        count += step.deliveries;
        match step.next_cursor.and_then(|it| it.parse().ok()) {
            Some(cursor) => range.cursor = Some(cursor),
            None => return Ok(count.to_string()),
        }
    }
    Ok(format!("{count}, …"))
}

fn range<S: Store>(desk: &Desk<S>, missed: &Missed) -> Result<Range, Problem> {
    let merchant = missed.merchant.parse().map_err(|_| reply::unknown("merchant"))?;
    let endpoint = missed.endpoint.parse().map_err(|_| reply::unknown("endpoint"))?;
    let wrong = |reason| Problem::new(INVALID_FIELD, format!("the time {reason}"));
    let from = moment(&missed.from).map_err(wrong)?;
    let to = match missed.to.as_str() {
        "" => desk.gateway.now(),
        to => moment(to).map_err(wrong)?,
    };
    Ok(Range { merchant, endpoint: Some(endpoint), from, to, delivered: false, cursor: None })
}

/// `test`, `enable` or `disable`.
pub(crate) async fn act<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Path((merchant, endpoint, verb)): Path<(String, String, String)>,
) -> Response {
    let f = Frame::of(&open, &headers, "deliveries");
    let (gateway, who) = (&desk.gateway, &open.who);
    let outcome = match verb.as_str() {
        "test" => {
            let tested = replays::test_endpoint(gateway, who, &merchant, &endpoint).await;
            tested.map(|it| it.to_string())
        }
        "enable" | "disable" => {
            let turned = turn(gateway, who, (&merchant, &endpoint), verb == "enable").await;
            turned.map(|_| format!("{merchant}/{endpoint}"))
        }
        _ => Err(reply::unknown("action")),
    };
    match outcome {
        Ok(text) => done(f, text, HERE),
        Err(problem) => refused(f, &problem, HERE),
    }
}
