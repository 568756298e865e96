//! `gateway.do`: verify, find the fault that strikes, act, answer.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;

use super::answer::{Node, Voice};
use super::api::Api;
use super::codes::{self, refused};
use super::request::{Call, Rejection, open};
use super::{bill, cancel, close, create, oauth, page, query, refund, till, transfer};
use crate::books::{Channel, Charged};
use crate::clock;
use crate::exchange::{Dialect as _, exchange, plain};
use crate::fault::{Class, Fault, Operation, by_amount};
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
    match open(&shared.config, &shared.alipay, query.as_bytes(), body) {
        Ok(call) if call.api.is_page() => open_page(shared, &call).await,
        Ok(call) => api(shared, &call).await,
        Err(rejection) => reject(shared, *rejection).await,
    }
}

async fn reject(shared: &Shared, rejection: Rejection) -> Response {
    let method = rejection.method.as_deref();
    if method.and_then(Api::named).is_some_and(Api::is_page) {
        return page::error(&rejection.node);
    }
    let voice = Voice { shared, method, manner: rejection.manner, out_trade_no: None };
    if rejection.signed {
        voice.seal(rejection.node, false).await
    } else {
        voice.unsigned(&rejection.node)
    }
}

async fn api(shared: &Arc<Shared>, call: &Call) -> Response {
    let voice = Voice {
        shared,
        method: Some(&call.method),
        manner: call.manner,
        out_trade_no: call.biz.out_trade_no(),
    };
    let fault = fault(shared, call, call.api.operation());
    exchange(&voice, fault, |skew| forced(shared, call).unwrap_or_else(|| act(shared, call, skew)))
        .await
}

async fn open_page(shared: &Arc<Shared>, call: &Call) -> Response {
    let fault = fault(shared, call, Operation::Pay);
    exchange(&page::Counter { shared }, fault, |_skew| {
        if let Some(node) = forced(shared, call) {
            return Err(node);
        }
        let created = create::create(&mut shared.books(), call, clock::now());
        created.map(|(key, token)| {
            let url = shared.wallet_url(key.0, &token);
            shared.follow(FollowUp::Opened(key));
            url
        })
    })
    .await
}

fn fault(shared: &Shared, call: &Call, operation: Operation) -> Option<Fault> {
    let number = out_trade_no(shared, call);
    let mut faults = shared.faults();
    let title = if operation == Operation::Transfer { "order_title" } else { "subject" };
    let opens = matches!(operation, Operation::Pay | Operation::Transfer);
    if let (true, Some(subject)) = (opens, call.biz.text(title)) {
        faults.learn(&(Channel::Alipay, number.clone()), operation, &subject);
    }
    faults.take(Class::Request, Channel::Alipay, operation, Some(&number))
}

fn out_trade_no(shared: &Shared, call: &Call) -> String {
    let found = call.biz.key(&shared.books()).map(|key| key.1);
    let out_biz_no = || call.biz.text("out_biz_no");
    found.or_else(|| call.biz.out_trade_no()).or_else(out_biz_no).unwrap_or_default()
}

/// The refusal that an amount asks for: the request's own, or that of the order it names.
pub(super) fn forced(shared: &Shared, call: &Call) -> Option<Node> {
    let own = call.api.operation();
    let amount = if call.api == Api::Refund {
        call.biz.yuan("refund_amount")
    } else if own == Operation::Pay {
        call.biz.yuan("total_amount")
    } else if matches!(own, Operation::Transfer | Operation::TransferQuery) {
        let known = transfer::key(call).and_then(|it| Some(shared.books().transfer(&it)?.amount));
        known.or_else(|| call.biz.yuan("trans_amount"))
    } else {
        let mut books = shared.books();
        let found = query::find(&mut books, call, clock::now());
        found.map(|(_, order)| order.total)
    };
    let (operation, place) = by_amount(amount?)?;
    let struck = operation == own || operation == Operation::Any;
    struck.then(|| codes::at(operation, place)).flatten()
}

fn act(shared: &Arc<Shared>, call: &Call, skew: i64) -> Node {
    let (config, desk, now) = (&shared.config, &shared.alipay, clock::now());
    match call.api {
        Api::Precreate | Api::Create => order(shared, call, now),
        Api::Pay => pay(shared, call, now),
        Api::Query => query::query(&mut shared.books(), config, call, skew, now),
        Api::Close => close::close(&mut shared.books(), call, now),
        Api::Cancel => {
            let done = cancel::cancel(&mut shared.books(), call, now);
            told(shared, done)
        }
        Api::Refund => refund(shared, call, skew, now),
        Api::RefundQuery => refund::refund_query(&mut shared.books(), call, skew, now),
        Api::OauthToken => oauth::token(&mut shared.books(), config, call, now),
        Api::AppToken => oauth::app_token(&mut shared.books(), desk, call, now),
        Api::CertDownload => oauth::certificate(desk, call),
        Api::BillAddress => bill::address(shared, call, now),
        Api::Transfer => transferred(shared, call, now),
        Api::TransferQuery => transfer::query(&shared.books(), call, skew),
        // An order string is for the app, and pages are for browsers.
        Api::AppPay | Api::PagePay | Api::WapPay => refused("isv.forbidden-api"),
    }
}

fn order(shared: &Arc<Shared>, call: &Call, now: Timestamp) -> Node {
    let created = create::create(&mut shared.books(), call, now);
    match created {
        Ok((key, token)) => {
            let node = if call.api == Api::Create {
                create::created(&mut shared.books(), &key, now)
            } else {
                create::precreated(shared, &key, &token)
            };
            shared.follow(FollowUp::Opened(key));
            node
        }
        Err(node) => node,
    }
}

fn pay(shared: &Arc<Shared>, call: &Call, now: Timestamp) -> Node {
    let rung = till::pay(&mut shared.books(), &shared.config, call, now);
    match rung.charged {
        Some(Charged::Paid(order)) => crate::notify::paid(shared, &order),
        Some(Charged::Confirming(order)) => shared.follow(FollowUp::Opened(order.key())),
        Some(Charged::Refused(..)) | None => {}
    }
    rung.node
}

fn refund(shared: &Arc<Shared>, call: &Call, skew: i64, now: Timestamp) -> Node {
    let number = out_trade_no(shared, call);
    let forced = shared.faults().take(
        Class::RefundOutcome,
        Channel::Alipay,
        Operation::Refund,
        Some(&number),
    );
    let kind = forced.map(|fault| fault.kind);
    let done = refund::refund(&mut shared.books(), &shared.config, call, kind, skew, now);
    told(shared, done)
}

fn transferred(shared: &Arc<Shared>, call: &Call, now: Timestamp) -> Node {
    let (node, new) = transfer::transfer(&mut shared.books(), call, now);
    if let Some(new) = new {
        shared.follow(FollowUp::Transferring(new));
    }
    node
}

fn told(shared: &Arc<Shared>, (node, done): refund::Refunded) -> Node {
    if let Some(done) = done {
        shared.follow(FollowUp::Refunded(done));
    }
    node
}
