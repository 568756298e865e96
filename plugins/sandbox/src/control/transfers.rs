//! Transfers over the control API: what the payee, the bank and the clock do.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, read, refused};
use crate::books::{Channel, TransferStatus, TransferView};

const ACTIONS: &str = "confirm, fail or return";

pub(super) async fn list(State(shared): Desk) -> Response {
    let views: Vec<_> = shared.books().transfers().map(TransferView::from).collect();
    ok(&views)
}

pub(super) async fn act(
    State(shared): Desk,
    Path((channel, number, action)): Path<(Channel, String, String)>,
) -> Response {
    let next = match action.as_str() {
        "confirm" => TransferStatus::Success,
        "fail" => TransferStatus::Failed,
        "return" => TransferStatus::Returned,
        _ => return refused(StatusCode::NOT_FOUND, ACTIONS),
    };
    let key = (channel, number);
    if shared.books().transfer(&key).is_none() {
        return refused(StatusCode::NOT_FOUND, "no such transfer");
    }
    match shared.change_transfer(&key, next) {
        Some(view) => ok(&view),
        None => refused(StatusCode::CONFLICT, "it cannot become that"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    url: String,
}

/// Where Alipay tells the application of its transfers.
pub(super) async fn set_app_gateway(State(shared): Desk, request: Request) -> Response {
    let gateway: Gateway = match read(request).await {
        Ok(gateway) => gateway,
        Err(refused) => return refused,
    };
    shared.alipay.set_app_gateway(&gateway.url);
    ok(&json!({ "url": gateway.url }))
}
