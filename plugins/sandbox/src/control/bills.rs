//! A day's bill, made before its time.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, read, refused};
use crate::bills::{BillFault, Day};
use crate::clock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    bill_date: Option<String>,
    fault: Option<BillFault>,
}

/// Of today, unless it names another day.
pub(super) async fn make_ready(State(shared): Desk, request: Request) -> Response {
    let wish: Wish = match read(request).await {
        Ok(wish) => wish,
        Err(refused) => return refused,
    };
    let text = wish.bill_date.unwrap_or_else(|| clock::day(clock::now()));
    let Some(day) = Day::dashed(&text) else {
        return refused(StatusCode::BAD_REQUEST, "bill_date is written like 2026-01-15");
    };
    shared.bills().make_ready(day, wish.fault);
    ok(&json!({ "bill_date": text }))
}
