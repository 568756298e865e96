//! The WeChat Pay simulator: both versions of its interface over one set of rules.

mod bill;
pub(crate) mod codes;
mod combine;
mod desk;
mod dispatch;
mod h5;
mod invoke;
mod notify;
mod open;
mod order;
mod owner;
mod refund;
mod refused;
mod state;
mod till;
mod v2;
mod v3;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

pub(crate) use combine::paid_together;
pub use desk::Rotation;
pub(crate) use desk::WechatDesk;
pub(crate) use notify::{Event, paid, posting, refunded, transferred};
#[cfg(test)]
pub(crate) use v2::vectors as v2_vectors;
#[cfg(test)]
pub(crate) use v3::vectors;

use crate::books::{Channel, Order};
use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/wechat/h5/checkmweb", get(h5::show))
        .route("/wallet/wechat/invoke", post(invoke::invoke))
        .route("/wechat/{*rest}", any(dispatch::dispatch))
        .nest("/weixin", open::routes())
}

/// Noted on orders of version 2 alone: everything said of them is signed so.
const SIGN_TYPE: &str = "sign_type";

/// How an order of version 2 is signed for; `None` of version 3.
fn sign_type(order: &Order) -> Option<v2::SignType> {
    order.notes.get(SIGN_TYPE).and_then(|word| v2::SignType::of_word(word))
}

/// What the merchant shows as a code.
fn code_url(shared: &Shared, token: &str) -> String {
    if shared.config.native_links {
        format!("weixin://wxpay/bizpayurl?pr={token}")
    } else {
        shared.wallet_url(Channel::Wechat, token)
    }
}

/// What a client package opens the cashier with.
fn prepay_id(token: &str) -> String {
    format!("wx{token}")
}

fn token_of(prepay_id: &str) -> Option<&str> {
    prepay_id.strip_prefix("wx")
}
