//! `/wallet`: the payer's app as a web page that works without scripts.

mod html;
mod list;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(list::home))
        .route("/wallet", get(list::list))
        .route("/wallet/{channel}/{token}", get(page::show))
        .route("/wallet/{channel}/{token}/pay", post(page::pay))
        .route("/wallet/{channel}/{token}/cancel", post(page::cancel))
}
