//! `alipay_sdk`: what Alipay's library inside a merchant's app does with an order string.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::answer::Node;
use super::api::Api;
use super::create::create;
use super::request::{Call, open};
use super::terms::note;
use crate::books::{Key, Order, Timing};
use crate::clock;
use crate::exchange::plain;
use crate::fault::Operation;
use crate::followup::FollowUp;
use crate::shared::Shared;

/// An order string is a request without a body.
const MAX_ORDER_STRING: usize = 64 * 1024;

#[derive(Deserialize)]
pub(crate) struct Wish {
    /// `pay` when absent; `cancel`, or `wait` for whoever comes back later.
    act: Option<String>,
}

/// The order string as it is goes in; `resultStatus`, `memo` and `result` come out.
pub(crate) async fn app_pay(
    State(shared): State<Arc<Shared>>,
    Query(wish): Query<Wish>,
    request: Request,
) -> Response {
    let Ok(body) = to_bytes(request.into_body(), MAX_ORDER_STRING).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", String::new());
    };
    let (status, memo, result) = match begin(&shared, &body) {
        Err(node) => ("4000", node.message().1.to_owned(), String::new()),
        Ok((call, key)) => act(&shared, &call, &key, wish.act.as_deref()).await,
    };
    let said = json!({ "resultStatus": status, "memo": memo, "result": result });
    plain(StatusCode::OK, "application/json", said.to_string())
}

fn begin(shared: &Arc<Shared>, body: &[u8]) -> Result<(Call, Key), Node> {
    let call = open(&shared.config, &shared.alipay, b"", body).map_err(|no| no.node)?;
    if call.api != Api::AppPay {
        return Err(Node::invalid("isv.invalid-method", "不是app支付的订单串"));
    }
    if let Some(node) = super::gateway::forced(shared, &call) {
        return Err(node);
    }
    let (key, _token) = create(&mut shared.books(), &call, clock::now())?;
    let subject = call.biz.text("subject").unwrap_or_default();
    shared.faults().learn(&key, Operation::Pay, &subject);
    Ok((call, key))
}

async fn act(
    shared: &Arc<Shared>,
    call: &Call,
    key: &Key,
    wish: Option<&str>,
) -> (&'static str, String, String) {
    let nothing = |status, memo: &str| (status, memo.to_owned(), String::new());
    match wish {
        Some("cancel") => nothing("6001", "操作已经取消。"),
        Some("wait") => {
            shared.follow(FollowUp::Opened(key.clone()));
            let _opened = shared.scan(key);
            nothing("8000", "正在处理中")
        }
        Some(_) | None => match shared.pay(key, Timing::InTime) {
            Err(refusal) => nothing("4000", &refusal.to_string()),
            Ok(_) => {
                let order = shared.books().order(key, clock::now()).map(|order| order.clone());
                let result = match order {
                    Some(order) => signed(shared, call, &order).await,
                    None => String::new(),
                };
                ("9000", String::new(), result)
            }
        },
    }
}

/// What the app hands to the merchant's server: signed like an answer, proof of nothing.
async fn signed(shared: &Shared, call: &Call, order: &Order) -> String {
    let node = Node::success()
        .with("app_id", call.param("app_id").unwrap_or_default())
        .with("charset", call.param("charset").unwrap_or_default())
        .with("out_trade_no", order.out_trade_no.clone())
        .with("seller_id", order.notes.get(note::SELLER).cloned().unwrap_or_default())
        .with("timestamp", clock::spaced(clock::now()))
        .with("total_amount", order.total.to_string())
        .with("trade_no", order.trade_no.clone());
    let text = node.text();
    let bytes = call.manner.charset.encode(&text);
    let sign = shared.sign_with(&shared.alipay.signer, call.manner.hash, bytes).await;
    let kind = call.param("sign_type").unwrap_or_default();
    format!(
        "{{\"alipay_trade_app_pay_response\":{text},\"sign\":\"{sign}\",\"sign_type\":\"{kind}\"}}"
    )
}
