//! Money goes back: in parts, once under each number, and never more than came.

use std::time::Duration;

use paymux_sandbox::{Channel, Config};
use paymux_tests::config::Setup;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::order::{AMOUNT, Order, both};

pub(crate) fn wish(refund_no: &str, amount: i64) -> Value {
    json!({ "refund_no": refund_no, "amount": amount, "currency": "CNY" })
}

fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}

/// Numbers and keys belong to the merchant, so both channels' orders need their own.
fn number(order: &Order<'_>, n: u32) -> String {
    format!("{}-back-{n}", order.order_no)
}

pub(crate) async fn refunded(order: &Order<'_>, amount: i64) {
    let done = async || {
        let payment = order.now().await;
        let settled = payment["amount_refunded"] == amount && payment["amount_refunding"] == 0;
        settled.then_some(())
    };
    until(&format!("{} has {amount} refunded", order.order_no), done).await;
    assert_eq!(order.at_channel().map(|it| it.refunded_fen), Some(amount));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_go_back_until_all_is_back() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = Order::placed(&rig, channel, "parts").await;
        let (one, two) = (number(&order, 1), number(&order, 2));
        let early = rig.api.refund(&order.id, &one, &wish(&one, 300)).await;
        is_problem(&early, 409, "payment-not-paid");
        order.pay();
        rig.shop.hears("payment.succeeded", &order.order_no).await;

        let key = format!("{one}-key");
        let first = rig.api.refund(&order.id, &key, &wish(&one, 300)).await;
        assert_eq!(first.status, 201, "{first:?}");
        let again = rig.api.refund(&order.id, &key, &wish(&one, 300)).await;
        assert!(again.is_replayed() && again.body == first.body, "{again:?}");
        let reused = rig.api.refund(&order.id, &key, &wish(&one, 301)).await;
        is_problem(&reused, 422, "idempotency-key-reused");
        let same = rig.api.refund(&order.id, &format!("{key}-2"), &wish(&one, 300)).await;
        assert_eq!((same.status, &same.json()["id"]), (200, &first.json()["id"]));
        let taken = rig.api.refund(&order.id, &format!("{key}-3"), &wish(&one, 301)).await;
        is_problem(&taken, 409, "refund-no-taken");

        let second = rig.api.refund(&order.id, &two, &wish(&two, 200)).await;
        assert_eq!(second.status, 201, "{second:?}");
        let three = number(&order, 3);
        let over = rig.api.refund(&order.id, &three, &wish(&three, AMOUNT - 499)).await;
        is_problem(&over, 422, "refund-exceeds-paid");
        refunded(&order, 500).await;
        let rest = rig.api.refund(&order.id, &format!("{three}-2"), &wish(&three, 388)).await;
        assert_eq!(rest.status, 201, "{rest:?}");
        refunded(&order, AMOUNT).await;
        let four = number(&order, 4);
        let empty = rig.api.refund(&order.id, &four, &wish(&four, 1)).await;
        is_problem(&empty, 422, "refund-exceeds-paid");

        let told =
            ["payment.succeeded", "refund.succeeded", "refund.succeeded", "refund.succeeded"];
        assert_eq!(order.events().await, told);
        let list = rig.api.get(&format!("/v1/payments/{}/refunds", order.id)).await.json();
        let list = list["data"].as_array().cloned().unwrap_or_default();
        let amounts: Vec<_> = list.iter().filter_map(|it| it["amount"].as_i64()).collect();
        assert_eq!(amounts.iter().sum::<i64>(), AMOUNT, "{list:?}");
        assert_eq!(order.now().await["status"], "succeeded");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_asks_for_more_than_came_gets_what_came() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = Order::paid(&rig, channel, "crowd").await;
        // Three of 300 are asked for at once, and two of them fit.
        let ask = async |n| {
            let number = number(&order, n);
            rig.api.refund(&order.id, &number, &wish(&number, 300)).await
        };
        let (a, b, c) = tokio::join!(ask(1), ask(2), ask(3));
        let mut statuses = [a.status, b.status, c.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 422], "{a:?} {b:?} {c:?}");
        refunded(&order, 600).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_in_process_ends_by_notification() {
    let rig = Rig::start(Setup::default()).await;
    let order = Order::paid(&rig, Channel::Wechat, "process").await;
    let before = order.notifications("applied").await;
    let answer = rig.api.refund(&order.id, "process", &wish("process", 300)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["status"], "processing", "{answer:?}");
    let told = rig.shop.hears("refund.succeeded", &order.order_no).await;
    assert_eq!(told.event["data"]["refund"]["status"], "succeeded");
    assert_eq!(told.event["data"]["payment"]["amount_refunded"], 300);
    assert_eq!(order.notifications("applied").await, before + 1);
    let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
    let refund = rig.api.get(&format!("/v1/refunds/{id}")).await.json();
    assert_eq!(refund["status"], "succeeded");
    assert!(refund["succeeded_at"].is_string(), "{refund}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_refused_frees_its_money() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let subject = "Tea [sandbox:refund_closed]";
        let order = Order::asked(&rig, channel, "refused", subject, 201).await;
        order.pay();
        rig.shop.hears("payment.succeeded", &order.order_no).await;
        let (one, two) = (number(&order, 1), number(&order, 2));
        let asked = rig.api.refund(&order.id, &one, &wish(&one, AMOUNT)).await;
        assert_eq!(asked.status, 201, "{asked:?}");
        let told = rig.shop.hears("refund.failed", &order.order_no).await;
        let code = told.event["data"]["refund"]["failure"]["code"].as_str().unwrap_or_default();
        assert!(!code.is_empty(), "{:?}", told.event);
        assert_eq!(order.at_channel().map(|it| it.refunded_fen), Some(0));
        let again = rig.api.refund(&order.id, &two, &wish(&two, AMOUNT)).await;
        assert_eq!(again.status, 201, "the money is free again: {again:?}");
        refunded(&order, AMOUNT).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_the_channel_cannot_end_keeps_its_money_reserved() {
    let rig = Rig::start(Setup::default()).await;
    let subject = "Tea [sandbox:refund_abnormal]";
    let order = Order::asked(&rig, Channel::Wechat, "abnormal", subject, 201).await;
    order.pay();
    rig.shop.hears("payment.succeeded", &order.order_no).await;
    let asked = rig.api.refund(&order.id, "abnormal-1", &wish("abnormal-1", AMOUNT)).await;
    assert_eq!(asked.status, 201, "{asked:?}");
    rig.shop.hears("refund.abnormal", &order.order_no).await;
    let payment = order.now().await;
    assert_eq!(payment["amount_refunding"], AMOUNT, "{payment}");
    let more = rig.api.refund(&order.id, "abnormal-2", &wish("abnormal-2", 1)).await;
    is_problem(&more, 422, "refund-exceeds-paid");
}

/// WeChat Pay turns away what comes sooner after another refund of the same payment.
#[tokio::test(flavor = "multi_thread")]
async fn refunds_wait_for_their_turn() {
    let sandbox = |it: &mut Config| it.wechat_refund_gap = Duration::from_millis(900);
    let rig = Rig::start(Setup { sandbox, refund_every: "1s", ..Setup::default() }).await;
    let order = Order::placed(&rig, Channel::Wechat, "turns").await;
    order.pay();
    rig.shop.hears("payment.succeeded", &order.order_no).await;
    for part in 1..=3 {
        let refund_no = number(&order, part);
        let made = rig.api.refund(&order.id, &refund_no, &wish(&refund_no, 100)).await;
        assert_eq!((made.status, made.json()["status"].as_str()), (201, Some("processing")));
    }
    refunded(&order, 300).await;
    let told = ["payment.succeeded", "refund.succeeded", "refund.succeeded", "refund.succeeded"];
    assert_eq!(order.events().await, told);
}
