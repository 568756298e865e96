//! The Alipay simulator: one gateway URL, the `method` parameter says what is asked.

mod answer;
mod api;
mod bill;
mod biz;
mod cancel;
mod charset;
mod cipher;
mod close;
mod codes;
mod create;
mod desk;
mod gateway;
mod notify;
mod oauth;
mod page;
mod query;
mod refund;
mod request;
mod return_url;
mod sdk;
mod serial;
mod terms;
mod till;
mod transfer;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

pub(crate) use desk::AlipayDesk;
pub(crate) use notify::{paid, posting, refunded};
pub(crate) use return_url::{quit_url, return_url};
pub(crate) use transfer::transferred;

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/gateway.do", any(gateway::gateway))
        .route("/oauth2/publicAppAuthorize.htm", get(oauth::authorize))
        .route("/oauth2/appToAppAuth.htm", get(oauth::authorize_app))
        .route("/downloadBillFile.resource", get(bill::download))
        .route("/sdk", post(sdk::app_pay))
}

/// What the vectors pin.
#[cfg(test)]
pub(crate) mod vectors {
    pub(crate) use super::cipher::Cipher;
    pub(crate) use super::codes::listed;
    pub(crate) use super::notify::canonical as notify_canonical;
    pub(crate) use super::request::canonical as request_canonical;
    pub(crate) use super::serial::{root_sn, sn_of_pem};
}
