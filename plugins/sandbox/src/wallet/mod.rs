//! `/wallet`: the payer's app as a web page that works without scripts.

mod bars;
mod browser;
mod html;
mod list;
mod page;
mod phone;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use html::escape;

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(list::home))
        .route("/wallet", get(list::list))
        .route("/wallet/{channel}", get(phone::home))
        .route("/wallet/{channel}/browse", get(browser::browse))
        .route("/wallet/{channel}/{token}/decline", post(phone::decline))
        .route("/wallet/{channel}/{token}", get(page::show))
        .route("/wallet/{channel}/{token}/pay", post(page::pay))
        .route("/wallet/{channel}/{token}/cancel", post(page::cancel))
}
