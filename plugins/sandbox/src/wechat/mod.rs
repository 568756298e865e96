//! The WeChat Pay simulator: both versions of its interface over one set of rules.

mod dispatch;
mod h5;
mod invoke;
mod notify;
mod order;
mod owner;
mod refund;
#[allow(dead_code, reason = "version 2 has codes of its own")]
mod refused;
mod state;
mod till;
mod v3;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

pub(crate) use notify::{Event, paid, posting, refunded};
#[cfg(test)]
pub(crate) use v3::vectors;

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/wechat/h5/checkmweb", get(h5::show))
        .route("/wallet/wechat/invoke", post(invoke::invoke))
        .route("/wechat/{*rest}", any(dispatch::dispatch))
}

/// What a client package opens the cashier with.
fn prepay_id(token: &str) -> String {
    format!("wx{token}")
}

fn token_of(prepay_id: &str) -> Option<&str> {
    prepay_id.strip_prefix("wx")
}
