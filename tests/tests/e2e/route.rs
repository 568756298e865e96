//! Which account takes a payment, and when another one may.

use paymux_sandbox::{Channel, Config, Sandbox};
use paymux_services::ports;
use paymux_tests::config::{Setup, WECHAT};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::doubt::kinds;
use super::order::AMOUNT;

fn gateway(port: u16) -> String {
    format!("http://127.0.0.1:{port}/alipay/gateway.do")
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
        alipay: vec![("alipay-away", gateway(ports::free()))],
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
    rig.sandbox.pay(Channel::Wechat, number).expect("it can be paid");
    rig.shop.hears("payment.succeeded", "next").await;

    let timeline = rig.api.timeline(id).await;
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    let routed = entries.iter().filter(|it| it["kind"] == "route.decided");
    let decided: Vec<_> = routed.map(|it| it["detail"].clone()).collect();
    let reasons = |away: &str, wechat: &str| {
        json!([{ "account": "alipay-away", "reason": away },
               { "account": WECHAT, "reason": wechat }])
    };
    let expected = [
        json!({ "rule": null, "account": "alipay-away",
                "accounts": reasons("chosen", "not_needed") }),
        json!({ "rule": null, "account": WECHAT, "accounts": reasons("already_tried", "chosen"),
                "unsent": { "account": "alipay-away", "outcome": "connect" } }),
    ];
    assert_eq!(decided, expected, "{timeline}");
    let told = kinds(&timeline);
    assert!(told.iter().any(|it| it == "attempt.unsent"), "{timeline}");
    let calls = [("account", "alipay-away"), ("outcome", "connect")];
    assert_eq!(rig.metrics().await.sum("paymux_channel_calls_total", &calls), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_keeps_failing_is_left_alone() {
    let rig = Rig::start(Setup {
        alipay: vec![("alipay-away", gateway(ports::free()))],
        accounts: vec!["alipay-away", WECHAT],
        outbound: "deadline = \"5s\"\nbreaker_failures = 2\nbreaker_pause = \"10m\"",
        ..Setup::default()
    })
    .await;
    let mut reasons = vec![];
    for number in 0..3 {
        let order_no = format!("away-{number}");
        let answer = rig.api.create(&order_no, &wish(&order_no)).await;
        assert_eq!(answer.json()["attempt"]["account"], WECHAT, "{answer:?}");
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        let timeline = rig.api.timeline(&id).await;
        let entries = timeline["data"].as_array().cloned().unwrap_or_default();
        let mut decided = entries.iter().filter(|it| it["kind"] == "route.decided");
        let first = decided.next().expect("a decision");
        reasons.push(first["detail"]["accounts"][0]["reason"].clone());
    }
    assert_eq!(reasons, ["chosen", "chosen", "shut"]);
    let calls = [("account", "alipay-away"), ("outcome", "connect")];
    assert_eq!(rig.metrics().await.sum("paymux_channel_calls_total", &calls), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_account_can_be_reached_nothing_is_said_to_have_failed() {
    let port = ports::free();
    let rig = Rig::start(Setup {
        alipay: vec![("alipay-away", gateway(port))],
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

    let listen = ([127, 0, 0, 1], port).into();
    let back = Sandbox::start(Config { listen, ..Config::default() }).await;
    let back = back.expect("the channel comes back");
    let accepted = async || {
        let answer = rig.api.create("away", &wish("away")).await;
        assert!([201, 409].contains(&answer.status), "{answer:?}");
        Some(answer).filter(|it| it.status == 201)
    };
    let payment = until("the repeat is accepted", accepted).await.json();
    assert_eq!(payment["id"], *id, "it is the same payment");
    let number = payment["attempt"]["out_trade_no"].as_str().expect("a number");
    back.pay(Channel::Alipay, number).expect("it can be paid");
    rig.shop.hears("payment.succeeded", "away").await;
}
