//! How far WeChat Pay's platform certificate has been renewed, over the control API.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, read};
use crate::wechat::Rotation;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    to: Rotation,
}

pub(super) async fn rotation(State(shared): Desk) -> Response {
    ok(&json!({ "rotation": shared.wechat.rotation() }))
}

pub(super) async fn rotate(State(shared): Desk, request: Request) -> Response {
    match read::<Step>(request).await {
        Ok(step) => {
            shared.wechat.rotate(step.to);
            rotation(State(shared)).await
        }
        Err(refused) => refused,
    }
}
