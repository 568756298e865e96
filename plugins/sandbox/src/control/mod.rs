//! `/control`: everything the handle can do, as a JSON API.

mod bills;
mod faults;
mod notifications;
mod orders;
mod payers;
mod refunds;
mod reply;
mod transfers;
mod wechat;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/orders", get(orders::list))
        .route("/orders/{channel}/{out_trade_no}", get(orders::one))
        .route("/orders/{channel}/{out_trade_no}/{action}", post(orders::act))
        .route("/payers", get(payers::list).post(payers::put))
        .route("/codes", post(payers::show_code))
        .route("/alipay/certificate", post(payers::renew_certificate))
        .route("/wechat/certificate", get(wechat::rotation).post(wechat::rotate))
        .route("/books", get(orders::books))
        .route("/bills", post(bills::make_ready))
        .route("/refunds", post(refunds::decide))
        .route("/refunds/{out_refund_no}/finish", post(refunds::finish))
        .route("/transfers", get(transfers::list))
        .route("/transfers/{channel}/{number}/{action}", post(transfers::act))
        .route("/alipay/app-gateway", post(transfers::set_app_gateway))
        .route("/notifications", get(notifications::list))
        .route("/faults", get(faults::list).post(faults::arm).delete(faults::clear))
        .route(
            "/autopay",
            get(orders::autopay).post(orders::set_autopay).delete(orders::clear_autopay),
        )
}
