//! `gateway.do`: verify, find the fault that strikes, act, answer.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;

use super::answer::{Node, Voice};
use super::request::{Call, Rejection, open, params};
use super::terms::{PAGE_PAY, PRECREATE};
use super::{close, create, page, query, refund};
use crate::books::Channel;
use crate::clock;
use crate::exchange::{exchange, plain};
use crate::fault::{Class, Fault, Operation};
use crate::followup::FollowUp;
use crate::shared::Shared;

/// A precreate with 150 goods stays well below.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The work goes on even when the caller hangs up, as it does at the channel.
pub(crate) async fn gateway(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", String::new());
    };
    let tasks = shared.tasks.clone();
    let work = tasks.spawn(async move { answer(&shared, &query, &body).await });
    work.await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn answer(shared: &Arc<Shared>, query: &str, body: &Bytes) -> Response {
    match open(&shared.alipay, params(query, body)) {
        Ok(call) if call.method == PAGE_PAY => page_pay(shared, &call).await,
        Ok(call) => api(shared, &call).await,
        Err(rejection) => reject(shared, *rejection).await,
    }
}

async fn reject(shared: &Shared, rejection: Rejection) -> Response {
    let method = rejection.method.as_deref();
    if method == Some(PAGE_PAY) {
        return page::error(&rejection.node);
    }
    let voice = Voice { shared, method };
    if rejection.signed {
        crate::exchange::Dialect::seal(&voice, rejection.node, false).await
    } else {
        voice.unsigned(&rejection.node)
    }
}

async fn api(shared: &Arc<Shared>, call: &Call) -> Response {
    let voice = Voice { shared, method: Some(&call.method) };
    let Some(operation) = operation(&call.method) else {
        let node = Node::invalid("isv.invalid-method", "不存在的方法名");
        return crate::exchange::Dialect::seal(&voice, node, false).await;
    };
    let fault = fault(shared, call, operation);
    exchange(&voice, fault, |skew| act(shared, call, skew)).await
}

async fn page_pay(shared: &Arc<Shared>, call: &Call) -> Response {
    let fault = fault(shared, call, Operation::Pay);
    exchange(&page::Counter { shared }, fault, |_skew| {
        let created = create::create(&mut shared.books(), &shared.alipay, call, clock::now());
        created.map(|(key, token)| {
            let url = shared.wallet_url(key.0, &token);
            shared.follow(FollowUp::Opened(key));
            url
        })
    })
    .await
}

fn operation(method: &str) -> Option<Operation> {
    match method {
        PRECREATE => Some(Operation::Pay),
        "alipay.trade.query" => Some(Operation::Query),
        "alipay.trade.close" => Some(Operation::Close),
        "alipay.trade.refund" => Some(Operation::Refund),
        "alipay.trade.fastpay.refund.query" => Some(Operation::RefundQuery),
        _ => None,
    }
}

fn fault(shared: &Shared, call: &Call, operation: Operation) -> Option<Fault> {
    let number = out_trade_no(shared, call)?;
    let mut faults = shared.faults();
    if let (Operation::Pay, Some(subject)) = (operation, call.biz.text("subject")) {
        faults.learn(&(Channel::Alipay, number.clone()), &subject);
    }
    faults.take(Class::Request, Channel::Alipay, operation, Some(&number))
}

fn out_trade_no(shared: &Shared, call: &Call) -> Option<String> {
    let found = call.biz.key(&shared.books()).map(|key| key.1);
    found.or_else(|| call.biz.out_trade_no()).or_else(|| Some(String::new()))
}

fn act(shared: &Arc<Shared>, call: &Call, skew: i64) -> Node {
    let (biz, now) = (&call.biz, clock::now());
    match call.method.as_str() {
        PRECREATE => precreate(shared, call),
        "alipay.trade.query" => query::query(&mut shared.books(), biz, skew, now),
        "alipay.trade.close" => close::close(&mut shared.books(), biz, now),
        "alipay.trade.refund" => refund(shared, call, skew),
        _ => refund::refund_query(&mut shared.books(), biz, skew, now),
    }
}

fn precreate(shared: &Arc<Shared>, call: &Call) -> Node {
    let created = create::create(&mut shared.books(), &shared.alipay, call, clock::now());
    match created {
        Ok((key, token)) => {
            let node = create::precreated(shared, &key, &token);
            shared.follow(FollowUp::Opened(key));
            node
        }
        Err(node) => node,
    }
}

fn refund(shared: &Arc<Shared>, call: &Call, skew: i64) -> Node {
    let number = out_trade_no(shared, call);
    let forced = shared.faults().take(
        Class::RefundOutcome,
        Channel::Alipay,
        Operation::Refund,
        number.as_deref(),
    );
    let kind = forced.map(|fault| fault.kind);
    let (node, done) = refund::refund(&mut shared.books(), &call.biz, kind, skew, clock::now());
    if let Some(done) = done {
        shared.follow(FollowUp::Refunded(done));
    }
    node
}
