//! WeChat Pay: refunds in process, their endings, their notifications.

use std::time::Duration;

use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Channel, Config, RefundStatus};

/// Refunds stay in process until a test ends them.
async fn slow() -> Rig {
    Rig::with(Config { refund_delay: Duration::from_hours(1), ..Config::default() }).await
}

async fn paid(rig: &mut Rig, number: &str) {
    rig.native(number, "tea").await;
    rig.sandbox.pay(Channel::Wechat, number).unwrap();
    rig.inbox.next().await;
}

fn body(rig: &Rig, number: &str, request: &str, fen: i64) -> Value {
    json!({
        "out_trade_no": number,
        "out_refund_no": request,
        "notify_url": format!("{}/refund", rig.inbox.url),
        "amount": { "refund": fen, "total": 8888, "currency": "CNY" },
    })
}

async fn refund(rig: &Rig, number: &str, request: &str, fen: i64) -> (u16, Value) {
    let body = body(rig, number, request, fen);
    rig.wechat("POST", "/v3/refund/domestic/refunds", Some(body)).await
}

async fn status(rig: &Rig, request: &str) -> Value {
    let path = format!("/v3/refund/domestic/refunds/{request}");
    rig.wechat("GET", &path, None).await.1["status"].clone()
}

/// Path, event type and plain text of the next notification.
async fn told(rig: &mut Rig) -> (String, Value, Value) {
    let received = rig.inbox.next().await;
    assert!(rig.merchant.trusts(&received.headers, &received.body));
    let event: Value = serde_json::from_str(&received.body).unwrap();
    let plain = serde_json::from_str(&rig.merchant.unseal(&event["resource"])).unwrap();
    (received.path, event["event_type"].clone(), plain)
}

#[tokio::test]
async fn a_refund_is_in_process_before_it_succeeds() {
    let mut rig = slow().await;
    paid(&mut rig, "W00001").await;
    let (code, answer) = refund(&rig, "W00001", "R1", 880).await;
    assert_eq!((code, &answer["status"]), (200, &json!("PROCESSING")));
    assert_eq!(status(&rig, "R1").await, "PROCESSING");
    assert_eq!(rig.wechat_query("W00001").await.1["trade_state"], "REFUND");
    assert_eq!(rig.sandbox.books()[&Channel::Wechat].refunded_fen, 0);

    assert!(rig.sandbox.finish_refund("R1", RefundStatus::Success));
    assert!(!rig.sandbox.finish_refund("R1", RefundStatus::Success), "it has ended");
    assert_eq!(status(&rig, "R1").await, "SUCCESS");
    let (path, event, plain) = told(&mut rig).await;
    assert_eq!((path.as_str(), event), ("/refund", json!("REFUND.SUCCESS")));
    assert_eq!(
        (&plain["refund_status"], &plain["amount"]["refund"]),
        (&json!("SUCCESS"), &json!(880))
    );
    assert_eq!(rig.sandbox.books()[&Channel::Wechat].refunded_fen, 880);
}

#[tokio::test]
async fn a_refund_ends_by_itself_after_its_delay() {
    let config = Config { refund_delay: Duration::ZERO, ..Config::default() };
    let mut rig = Rig::with(config).await;
    paid(&mut rig, "W00001").await;
    refund(&rig, "W00001", "R1", 880).await;
    assert_eq!(told(&mut rig).await.1, "REFUND.SUCCESS");
    assert_eq!(status(&rig, "R1").await, "SUCCESS");
}

#[tokio::test]
async fn the_same_refund_number_is_one_refund() {
    let mut rig = slow().await;
    paid(&mut rig, "W00001").await;
    paid(&mut rig, "W00002").await;
    let first = refund(&rig, "W00001", "R1", 880).await;
    assert_eq!(refund(&rig, "W00001", "R1", 880).await, first);
    let code = async |number: &str, request: &str, fen: i64| {
        refund(&rig, number, request, fen).await.1["code"].clone()
    };
    assert_eq!(code("W00001", "R1", 881).await, "INVALID_REQUEST");
    assert_eq!(code("W00002", "R1", 880).await, "INVALID_REQUEST", "taken by another order");
    assert_eq!(rig.sandbox.order(Channel::Wechat, "W00001").unwrap().refunds.len(), 1);
    assert_eq!(rig.sandbox.order(Channel::Wechat, "W00002").unwrap().refunds.len(), 0);
}

#[tokio::test]
async fn money_in_process_is_reserved_and_a_closed_refund_frees_it() {
    let mut rig = slow().await;
    paid(&mut rig, "W00001").await;
    refund(&rig, "W00001", "R1", 8000).await;
    assert_eq!(refund(&rig, "W00001", "R2", 889).await.0, 400);
    assert!(rig.sandbox.finish_refund("R1", RefundStatus::Closed));
    assert_eq!(told(&mut rig).await.1, "REFUND.CLOSED");
    assert_eq!(rig.wechat_query("W00001").await.1["trade_state"], "SUCCESS");
    assert_eq!(refund(&rig, "W00001", "R2", 8888).await.0, 200);
}

#[tokio::test]
async fn a_refund_that_cannot_be_is_refused() {
    let rig = slow().await;
    rig.native("W00001", "tea").await;
    let check = async |body: Value, expected: (u16, &str)| {
        let (status, answer) = rig.wechat("POST", "/v3/refund/domestic/refunds", Some(body)).await;
        assert_eq!((status, answer["code"].as_str().unwrap()), expected, "{answer}");
    };
    let plain = |fen| body(&rig, "W00001", "R1", fen);
    check(plain(1), (400, "INVALID_REQUEST")).await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    check(plain(8889), (400, "INVALID_REQUEST")).await;
    check(plain(0), (400, "PARAM_ERROR")).await;
    let mut wrong_total = plain(1);
    wrong_total["amount"]["total"] = json!(9999);
    check(wrong_total, (400, "INVALID_REQUEST")).await;
    let mut no_currency = plain(1);
    no_currency["amount"]["currency"] = Value::Null;
    check(no_currency, (400, "PARAM_ERROR")).await;
    check(body(&rig, "W00009", "R1", 1), (404, "RESOURCE_NOT_EXISTS")).await;
    assert_eq!(status(&rig, "R1").await, Value::Null, "nothing was created");
}

#[tokio::test]
async fn a_fault_decides_how_a_refund_ends() {
    let config = Config { refund_delay: Duration::ZERO, ..Config::default() };
    let mut rig = Rig::with(config).await;
    paid(&mut rig, "W00001").await;
    for (fault, event) in [("abnormal", "REFUND.ABNORMAL"), ("closed", "REFUND.CLOSED")] {
        let decision = json!({ "outcome": fault, "channel": "wechat" }).to_string();
        rig.call("POST", "/control/refunds", &decision).await;
        assert_eq!(refund(&rig, "W00001", fault, 10).await.0, 200);
        assert_eq!(told(&mut rig).await.1, event);
    }
    rig.call("POST", "/control/refunds", r#"{"outcome":"not_enough"}"#).await;
    let (status, answer) = refund(&rig, "W00001", "R9", 10).await;
    assert_eq!((status, &answer["code"]), (403, &json!("NOT_ENOUGH")));
    assert_eq!(refund(&rig, "W00001", "R9", 10).await.0, 200, "the same number after funding");
}
