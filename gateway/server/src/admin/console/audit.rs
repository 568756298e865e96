//! Who did what, and whether the log is what was once written.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_store::{Audited, Store};
use serde::Deserialize;

use super::{Frame, page, refused, time};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::admin::audit::{page as entries, verified};

const ROWS: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Asked {
    cursor: Option<u64>,
    #[serde(default)]
    verify: String,
}

#[derive(Template)]
#[template(path = "console/audit.html")]
struct Log {
    f: Frame,
    rows: Vec<Row>,
    next: Option<u64>,
    verdict: String,
    bad: bool,
}

struct Row {
    seq: u64,
    at: String,
    user: String,
    role: String,
    address: String,
    action: String,
    object: String,
    outcome: String,
    hash: String,
}

pub(crate) async fn audit<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "audit");
    let (mut verdict, mut bad) = (String::new(), false);
    if !asked.verify.is_empty() {
        match verified(&desk.gateway).await {
            Ok(it) => {
                bad = !it.whole;
                verdict = it.broken.map_or_else(
                    || format!("{}{} ({})", f.w.whole, it.entries, it.hash),
                    |seq| format!("{}{seq}", f.w.broken),
                );
            }
            Err(problem) => return refused(f, &problem, "/console/audit"),
        }
    }
    match entries(&desk.gateway, asked.cursor, ROWS).await {
        Ok(found) => {
            let next = found.last().filter(|it| it.seq > 1).map(|it| it.seq);
            let rows = found.into_iter().map(row).collect();
            page(StatusCode::OK, &Log { f, rows, next, verdict, bad })
        }
        Err(problem) => refused(f, &problem, "/console/audit"),
    }
}

fn row(it: Audited) -> Row {
    Row {
        seq: it.seq,
        at: time(it.act.at),
        user: it.act.user,
        role: it.act.role,
        address: it.act.address,
        action: it.act.action,
        object: it.act.object,
        outcome: it.act.outcome,
        hash: hex::encode(&it.hash[..6]),
    }
}
