//! `GET /admin/v1/audit` and `GET /admin/v1/audit/verify`: who did what, and whether the log is
//! what was once written.

use axum::extract::State;
use http::StatusCode;
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_engine::render;
use paymux_store::audit::Walk;
use paymux_store::{Audited, Pages, Store};
use serde::Serialize;

use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, reply};

/// Read at once while verifying.
const STEP: usize = 500;

#[derive(Serialize)]
struct Page {
    /// Newest first.
    data: Vec<EntryView>,
    next_cursor: Option<u64>,
}

#[derive(Serialize)]
struct EntryView {
    seq: u64,
    at: String,
    user: String,
    role: String,
    address: String,
    action: String,
    object: String,
    outcome: String,
    request_id: String,
    detail: serde_json::Value,
    hash: String,
}

/// What a walk along the whole log found.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    pub(crate) whole: bool,
    /// Entries that are what was written.
    pub(crate) entries: u64,
    /// The first that is not.
    pub(crate) broken: Option<u64>,
    /// Of the last one; keep it elsewhere, to notice a log that was cut off at its end.
    pub(crate) hash: String,
}

pub(super) async fn list<S: Store>(State(gateway): State<Gateway<S>>, mut query: Query) -> Answer {
    let cursor = query.optional("cursor", |it| it.parse().map_err(|_| "is no number".to_owned()));
    let limit = query.limit();
    query.finish()?;
    let entries = page(&gateway, cursor, limit).await?;
    let next_cursor = entries.last().filter(|it| it.seq > 1).map(|it| it.seq);
    let data = entries.into_iter().map(view).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

pub(super) async fn verify<S: Store>(State(gateway): State<Gateway<S>>, _: NoQuery) -> Answer {
    Ok(reply::json(StatusCode::OK, &verified(&gateway).await?))
}

pub(crate) async fn page<S: Store>(
    gateway: &Gateway<S>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Audited>, Problem> {
    gateway.store.audit(Pages::Before(before), limit).await.map_err(reply::unreadable)
}

pub(crate) async fn verified<S: Store>(gateway: &Gateway<S>) -> Result<Verified, Problem> {
    let mut walk = Walk::default();
    loop {
        let step = gateway.store.audit(Pages::After(walk.seq), STEP).await;
        let step = step.map_err(reply::unreadable)?;
        let end = step.is_empty();
        let broken = match walk.over(&step) {
            Ok(further) => {
                walk = further;
                None
            }
            Err(seq) => Some(seq),
        };
        if end || broken.is_some() {
            let entries = broken.map_or(walk.seq, |it| it - 1);
            let hash = hex::encode(walk.hash);
            return Ok(Verified { whole: broken.is_none(), entries, broken, hash });
        }
    }
}

fn view(entry: Audited) -> EntryView {
    let Audited { seq, act, hash } = entry;
    EntryView {
        seq,
        at: render::time(act.at),
        user: act.user,
        role: act.role,
        address: act.address,
        action: act.action,
        object: act.object,
        outcome: act.outcome,
        request_id: act.request_id,
        detail: serde_json::from_str(&act.detail).unwrap_or_default(),
        hash: hex::encode(hash),
    }
}
