//! Payers and the codes they show, over the control API.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, read, refused};
use crate::books::Channel;

pub(super) async fn list(State(shared): Desk) -> Response {
    ok(&shared.payers())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    channel: Channel,
    id: Option<String>,
    balance_fen: Option<i64>,
}

pub(super) async fn put(State(shared): Desk, request: Request) -> Response {
    let person: Person = match read(request).await {
        Ok(person) => person,
        Err(refused) => return refused,
    };
    if person.balance_fen.is_some_and(|fen| fen < 0) {
        return refused(StatusCode::BAD_REQUEST, "balance_fen is not negative");
    }
    match shared.put_payer(person.channel, person.id, person.balance_fen) {
        Some(view) => ok(&view),
        None => refused(StatusCode::BAD_REQUEST, "too many payers"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    channel: Channel,
    payer: Option<String>,
    #[serde(default)]
    confirm: bool,
}

/// A fresh payment code, as a wallet would show it.
pub(super) async fn show_code(State(shared): Desk, request: Request) -> Response {
    let shown: Shown = match read(request).await {
        Ok(shown) => shown,
        Err(refused) => return refused,
    };
    match shared.payment_code(shown.channel, shown.payer, shown.confirm) {
        Some(code) => ok(&json!({ "code": code })),
        None => refused(StatusCode::NOT_FOUND, "no such payer"),
    }
}

/// Alipay renews its certificate; the key stays.
pub(super) async fn renew_certificate(State(shared): Desk) -> Response {
    match shared.alipay.renew_certificate() {
        Some(number) => ok(&json!({ "alipay_cert_sn": number })),
        None => refused(StatusCode::CONFLICT, "it was renewed too often"),
    }
}
