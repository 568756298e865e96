//! The control API, and what it shares with the handle.

use serde_json::{Value, json};

use super::rig::{Rig, until};
use crate::{AutopayRule, Channel, Config, Sandbox, Status};

async fn post(rig: &Rig, path: &str, body: &str) -> (u16, Value) {
    let reply = rig.call("POST", path, body).await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn an_order_is_led_through_its_life() {
    let rig = Rig::start().await;
    rig.precreate("A1", "tea").await;
    let act = async |action: &str| {
        let (status, body) = post(&rig, &format!("/control/orders/alipay/A1/{action}"), "").await;
        (status, body["status"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(act("scan").await, (200, "waiting".into()));
    assert_eq!(act("expire").await, (200, "closed".into()));
    assert_eq!(act("pay").await, (409, String::new()));
    assert_eq!(act("cancel").await, (409, String::new()));
    assert_eq!(act("pay-late").await, (200, "paid".into()));
    assert_eq!(act("pay-late").await, (409, String::new()));
    assert_eq!(act("jump").await.0, 404);
    assert_eq!(post(&rig, "/control/orders/wechat/A1/pay", "").await.0, 404);
    let view = rig.get("/control/orders/alipay/A1").await.json();
    assert_eq!((&view["paid_fen"], &view["late"]), (&json!(8888), &json!(true)));
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_in_pages() {
    let rig = Rig::start().await;
    for number in ["A1", "A2", "A3"] {
        rig.precreate(number, "tea").await;
    }
    let numbers = async |query: &str| {
        let list = rig.get(&format!("/control/orders{query}")).await.json();
        let list = list.as_array().unwrap().clone();
        list.iter().map(|one| one["out_trade_no"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("").await, ["A3", "A2", "A1"]);
    assert_eq!(numbers("?offset=1&limit=1").await, ["A2"]);
}

#[tokio::test]
async fn the_books_hold_the_sums_of_both_channels() {
    let mut rig = Rig::start().await;
    rig.precreate("A1", "tea").await;
    rig.precreate("A2", "tea").await;
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    rig.inbox.next().await;
    let biz = json!({ "out_trade_no": "A1", "out_request_no": "R1", "refund_amount": "1.00" });
    rig.alipay("alipay.trade.refund", biz).await;
    let sums = |orders, refunds, refunded| {
        json!({
            "orders": orders, "paid_orders": 1, "paid_fen": 8888,
            "refunds": refunds, "refunded_fen": refunded,
        })
    };
    let expected = json!({ "alipay": sums(2, 1, 100), "wechat": sums(1, 0, 0) });
    assert_eq!(rig.get("/control/books").await.json(), expected);
}

#[tokio::test]
async fn notifications_are_on_record() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[(503, "later")]);
    rig.precreate("A1", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.inbox.next().await;
    rig.inbox.next().await;
    let list = rig.get("/control/notifications?out_trade_no=A1").await.json();
    let first = &list[0]["tries"][0];
    assert_eq!((&first["status"], &first["detail"]), (&json!(503), &json!("later")));
    assert_eq!(rig.get("/control/notifications?out_trade_no=A2").await.json(), json!([]));
}

#[tokio::test]
async fn autopay_pays_what_comes() {
    let mut rig = Rig::start().await;
    let rule = r#"{"channel":"alipay","delay_ms":0}"#;
    let (_, set) = post(&rig, "/control/autopay", rule).await;
    assert_eq!(set, json!({ "alipay": { "delay_ms": 0 }, "wechat": null }));
    rig.native("W00001", "tea").await;
    rig.precreate("A1", "tea").await;
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!(form["out_trade_no"], "A1");
    rig.call("DELETE", "/control/autopay", "").await;
    assert_eq!(rig.sandbox.order(Channel::Wechat, "W00001").unwrap().status, Status::Waiting);
    rig.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 0 });
    rig.native("W00002", "tea").await;
    assert_eq!(rig.inbox.next().await.path, "/wechat");
}

#[tokio::test]
async fn faults_are_listed_cleared_and_checked() {
    let rig = Rig::start().await;
    rig.arm(json!({ "fault": "lose_answer", "times": 5 })).await;
    let listed = rig.get("/control/faults").await.json();
    assert_eq!((&listed[0]["left"], &listed[0]["rule"]["operation"]), (&json!(5), &json!("any")));
    rig.call("DELETE", "/control/faults", "").await;
    assert_eq!(rig.get("/control/faults").await.json(), json!([]));
    let check = async |body: &str| {
        assert_eq!(post(&rig, "/control/faults", body).await.0, 400, "{body}");
    };
    check(r#"{"fault":"explode"}"#).await;
    check(r#"{"fault":"lose_answer","chance":0}"#).await;
    check(r#"{"fault":"lose_answer","tims":1}"#).await;
    check(r#"{"fault":"status_500","operation":"notify"}"#).await;
    check("").await;
}

#[tokio::test]
async fn a_stopped_sandbox_frees_its_address() {
    let rig = Rig::start().await;
    rig.arm(json!({ "fault": "notify_delay", "ms": 3_600_000 })).await;
    rig.precreate("A1", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.arm(json!({ "fault": "hang", "ms": 3_600_000 })).await;
    let address = rig.sandbox.address();
    let withheld = rig.meanwhile("alipay.trade.query", &json!({ "out_trade_no": "A1" }));
    until(|| rig.sandbox.faults().is_empty()).await;
    rig.sandbox.stop().await;
    assert!(withheld.await.unwrap(), "a hanging answer ends with the sandbox");
    let again = Sandbox::start(Config { listen: address, ..Config::default() }).await.unwrap();
    assert_eq!(again.address(), address);
    let taken = Sandbox::start(Config { listen: address, ..Config::default() }).await;
    assert!(taken.is_err(), "a taken address is an error");
}
