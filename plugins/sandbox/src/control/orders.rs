//! Orders, the books and autopay over the control API.

use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, order, read, refused};
use crate::books::{Channel, MAX_ORDERS, Timing};

const ACTIONS: &str = "scan, pay, pay-late, cancel, expire, decline or finish";

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
}

pub(super) async fn list(State(shared): Desk, Query(page): Query<Page>) -> Response {
    ok(&shared.recent(page.offset, page.limit.unwrap_or(MAX_ORDERS)))
}

pub(super) async fn one(
    State(shared): Desk,
    Path((channel, out_trade_no)): Path<(Channel, String)>,
) -> Response {
    match shared.order(&(channel, out_trade_no)) {
        Some(view) => ok(&view),
        None => refused(StatusCode::NOT_FOUND, "no such order"),
    }
}

pub(super) async fn act(
    State(shared): Desk,
    Path((channel, out_trade_no, action)): Path<(Channel, String, String)>,
) -> Response {
    let key = (channel, out_trade_no);
    match action.as_str() {
        "scan" => order(shared.scan(&key)),
        "pay" => order(shared.pay(&key, Timing::InTime)),
        "pay-late" => order(shared.pay(&key, Timing::Late)),
        "cancel" => order(shared.cancel(&key)),
        "expire" => order(shared.expire(&key)),
        "decline" => order(shared.decline(&key)),
        "finish" => order(shared.finish(&key)),
        _ => refused(StatusCode::NOT_FOUND, ACTIONS),
    }
}

pub(super) async fn books(State(shared): Desk) -> Response {
    let [alipay, wechat] = Channel::ALL.map(|channel| shared.totals(channel));
    ok(&json!({ "alipay": alipay, "wechat": wechat }))
}

pub(super) async fn autopay(State(shared): Desk) -> Response {
    let [alipay, wechat] = Channel::ALL.map(|channel| {
        shared.autopay().delay(channel).map(|delay| json!({ "delay_ms": delay.as_millis() as u64 }))
    });
    ok(&json!({ "alipay": alipay, "wechat": wechat }))
}

pub(super) async fn set_autopay(State(shared): Desk, request: Request) -> Response {
    match read(request).await {
        Ok(rule) => {
            shared.autopay().set(rule);
            autopay(State(shared)).await
        }
        Err(refused) => refused,
    }
}

pub(super) async fn clear_autopay(State(shared): Desk) -> Response {
    shared.autopay().clear();
    autopay(State(shared)).await
}
