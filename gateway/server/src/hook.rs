//! Where channels reach us: their notifications, and the payers' browsers they send back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use paymux_core::AccountId;
use paymux_core::payment::Payment;
use paymux_engine::Gateway;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Account;
use paymux_store::Store;

use crate::api::Answer;
use crate::api::extract::Id;
use crate::api::problem::Refusal;
use crate::cashier::way_back;
use crate::inbound::body;

/// Both channels' notifications take a few KiB.
pub(crate) const MAX_BYTES: usize = 64 * 1024;
/// A channel sends from its own data centre; WeChat Pay waits 5 s for its answer.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn routes<S: Store>(gateway: Gateway<S>) -> Router {
    Router::new()
        .route("/notify/{account}", post(notify::<S>))
        .route("/return/{account}", get(land::<S>))
        .with_state(gateway)
}

/// Finds the account that the path names, before anything is read.
pub(crate) async fn account<S: Store>(
    State(gateway): State<Gateway<S>>,
    Id(id): Id<AccountId>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(account) = gateway.snapshot.load().account(&id).cloned() else {
        return unknown().into_response();
    };
    request.extensions_mut().insert(account);
    next.run(request).await
}

/// The whole body, in memory and in time.
pub(crate) async fn collect(
    State(budget): State<body::Budget>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match budget.read(body, BODY_TIMEOUT).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(problem) => problem.into_response(),
    }
}

async fn notify<S: Store>(State(gateway): State<Gateway<S>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let account = parts.extensions.get::<Arc<Account>>().cloned().ok_or_else(unknown)?;
    let body = body::read(body, BODY_TIMEOUT).await?;
    let reply = gateway.notify(&account, &http::Request::from_parts(parts, body)).await;
    Ok(account.channel().reply(reply).map(Body::from))
}

async fn land<S: Store>(State(gateway): State<Gateway<S>>, request: Request) -> Answer {
    let account = request.extensions().get::<Arc<Account>>().cloned().ok_or_else(unknown)?;
    let query = request.uri().query().unwrap_or_default();
    let payment = gateway.land(&account, query).await?;
    let cashier = gateway.snapshot.load().cashier.clone();
    let cashier = cashier.filter(|_| payment.order.cashier.is_some());
    let mut response = match (cashier, way_back(&gateway, &payment)) {
        // There the payer sees what became of it, and goes on from there.
        (Some(cashier), _) => see_other(cashier.payment_url(payment.id))?,
        (None, Some(url)) => see_other(url)?,
        (None, None) => page(&payment),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The query is signed by the channel; it is nobody else's business.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// To the merchant's own URL, as stored with the order; nothing of this request leads elsewhere.
fn see_other(url: String) -> Result<Response, Problem> {
    let location = HeaderValue::try_from(url);
    let location =
        location.map_err(|_| Problem::new(problem::INTERNAL, "the return URL is damaged"))?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

fn page(payment: &Payment) -> Response {
    let order_no = &payment.order.order_no;
    let mut response = Html(format!(
        "<!doctype html>\n<html lang=\"zh\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{order_no}</title>\n\
         <p>订单 {order_no} 已返回，支付结果以商户通知为准，可以关闭本页。</p>\n\
         <p lang=\"en\">Order {order_no}: you may close this page. The merchant is told of the \
         result.</p>\n</html>\n"
    ))
    .into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn unknown() -> Refusal {
    Refusal::new(problem::NOT_FOUND, "there is no such account")
}

#[cfg(test)]
mod tests;
