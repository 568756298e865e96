//! `cgi-bin/ticket/getticket`: what a page signs itself with before it may talk to the wallet.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answer::{answered, failed};
use crate::clock;
use crate::crypto::random_hex;
use crate::fault::Operation;
use crate::shared::Shared;

#[derive(Deserialize)]
pub(super) struct Asked {
    access_token: String,
    #[serde(rename = "type")]
    kind: String,
}

pub(super) async fn ticket(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Response {
    let act = || {
        if asked.kind != "jsapi" {
            return failed(40_097, "invalid args");
        }
        match shared.wechat.tokens().dies_at(&asked.access_token) {
            None => failed(40_001, "invalid credential, access_token is invalid or not latest"),
            Some(dies) if dies <= clock::now() => failed(42_001, "access_token expired"),
            Some(_) => Ok(json!({
                "errcode": 0, "errmsg": "ok", "ticket": random_hex(43), "expires_in": 7200,
            })),
        }
    };
    answered(&shared, Operation::Token, act).await
}
