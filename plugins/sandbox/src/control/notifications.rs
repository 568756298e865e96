//! The record of notifications over the control API.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::reply::{Desk, ok};
use crate::notify::MAX_NOTIFICATIONS;

#[derive(Deserialize)]
pub(super) struct Filter {
    out_trade_no: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(State(shared): Desk, Query(filter): Query<Filter>) -> Response {
    let limit = filter.limit.unwrap_or(MAX_NOTIFICATIONS);
    let views = shared.outbox().views(filter.out_trade_no.as_deref(), limit);
    ok(&views)
}
