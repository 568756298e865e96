//! The first page: what runs, and how busy it is.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use paymux_store::Store;

use super::charts::{Chart, levels, rates};
use super::words::{Language, Words};
use super::{Frame, page};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct Overview {
    f: Frame,
    version: &'static str,
    generation: u64,
    accounts: usize,
    merchants: usize,
    charts: Vec<Chart>,
}

#[derive(Template)]
#[template(path = "console/charts.html")]
struct Live {
    charts: Vec<Chart>,
}

/// A merchant's own user begins with the payments.
pub(crate) async fn overview<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
) -> Response {
    if open.who.role.merchant().is_some() {
        return Redirect::to("/console/payments").into_response();
    }
    let snapshot = desk.gateway.snapshot.load();
    let f = Frame::of(&open, &headers, "overview");
    let charts = charts(&desk, f.w);
    page(
        StatusCode::OK,
        &Overview {
            version: env!("CARGO_PKG_VERSION"),
            generation: snapshot.generation,
            accounts: snapshot.accounts.len(),
            merchants: snapshot.merchants.len(),
            charts,
            f,
        },
    )
}

pub(crate) async fn live<S: Store>(State(desk): State<Desk<S>>, headers: HeaderMap) -> Response {
    let charts = charts(&desk, Language::of(&headers).words());
    page(StatusCode::OK, &Live { charts })
}

fn charts<S: Store>(desk: &Desk<S>, w: &'static Words) -> Vec<Chart> {
    let samples = desk.series.samples();
    vec![
        rates(w.events_rate, &samples, |it| it.events),
        rates(w.calls_rate, &samples, |it| it.calls),
        rates(w.deliveries, &samples, |it| it.deliveries),
        levels(w.tasks, &samples, |it| it.open),
        levels(w.due, &samples, |it| it.due),
    ]
}
