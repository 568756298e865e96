//! Which account takes a payment, and when another one may.

use paymux_tests::config::{Setup, WECHAT};
use paymux_tests::ports;
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::doubt::kinds;
use super::order::AMOUNT;

/// Nobody listens there.
fn nowhere() -> String {
    format!("http://127.0.0.1:{}/alipay/gateway.do", ports::free())
}

fn wish(order_no: &str) -> Value {
    json!({
        "order_no": order_no, "amount": AMOUNT, "currency": "CNY", "method": "qr",
        "subject": "Jasmine tea",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_sent_is_sent_to_the_next_account() {
    let rig = Rig::start(Setup {
        alipay: vec![("alipay-away", nowhere())],
        accounts: vec!["alipay-away", WECHAT],
        ..Setup::default()
    })
    .await;
    let answer = rig.api.create("next", &wish("next")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let payment = answer.json();
    assert_eq!(payment["attempt"]["account"], WECHAT, "{payment}");
    let id = payment["id"].as_str().expect("an id");
    let number = payment["attempt"]["out_trade_no"].as_str().expect("a number");
    rig.sandbox.pay(paymux_sandbox::Channel::Wechat, number).expect("it can be paid");
    rig.shop.hears("payment.succeeded", "next").await;

    let timeline = rig.api.timeline(id).await;
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    let routed = entries.iter().filter(|it| it["kind"] == "payment.routed");
    let reasons: Vec<_> = routed.filter_map(|it| it["detail"]["reasons"].as_str()).collect();
    let expected = [
        "alipay-away: chosen, wechat-sandbox: not_needed",
        "alipay-away: already_tried, wechat-sandbox: chosen",
    ];
    assert_eq!(reasons, expected, "{timeline}");
    let told = kinds(&timeline);
    assert!(told.iter().any(|it| it == "attempt.unsent"), "{timeline}");
    let calls = [("account", "alipay-away"), ("outcome", "connect")];
    assert_eq!(rig.metrics().await.sum("paymux_channel_calls_total", &calls), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_account_can_be_reached_nothing_is_said_to_have_failed() {
    let rig = Rig::start(Setup {
        alipay: vec![("alipay-away", nowhere())],
        accounts: vec!["alipay-away"],
        ..Setup::default()
    })
    .await;
    let answer = rig.api.create("away", &wish("away")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "channel-unavailable"));
    assert_eq!(answer.json()["retryable"], true, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    let id = answer.json()["payment_id"].as_str().expect("its payment").to_owned();
    assert_eq!(rig.api.payment(&id).await["status"], "processing");
    assert!(rig.shop.heard().is_empty(), "there is nothing to tell");
}
