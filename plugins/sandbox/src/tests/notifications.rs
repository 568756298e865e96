//! Notifications: retried until accepted, stable in identity, and struck by faults.

use std::time::Duration;

use serde_json::{Value, json};

use super::rig::{Rig, until};
use crate::{Channel, Config, NoticeState, NotificationView};

/// The record of the order's only notification, once it is settled.
async fn settled(rig: &Rig, number: &str) -> NotificationView {
    let only = || -> NotificationView {
        let [notice] = rig.sandbox.notifications(Some(number), 10).try_into().unwrap();
        notice
    };
    until(|| only().state != NoticeState::Pending).await;
    only()
}

#[tokio::test]
async fn alipay_repeats_until_the_body_is_exactly_success() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[(500, ""), (200, "SUCCESS"), (200, "success\n"), (204, "")]);
    rig.precreate("A1", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    let mut ids = Vec::new();
    for _try in 0..5 {
        let received = rig.inbox.next().await;
        ids.push(rig.merchant.open_form(&received.body).unwrap()["notify_id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one notify_id on every try");
    let notice = settled(&rig, "A1").await;
    let accepted: Vec<bool> = notice.tries.iter().map(|one| one.accepted).collect();
    assert_eq!(
        (notice.state, accepted),
        (NoticeState::Delivered, vec![false, false, false, false, true])
    );
    assert!(rig.inbox.is_empty());
}

#[tokio::test]
async fn wechat_repeats_until_the_status_is_200_or_204() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[(500, "success"), (201, "success"), (204, "")]);
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let mut ids = Vec::new();
    for _try in 0..3 {
        let received = rig.inbox.next().await;
        assert!(rig.merchant.trusts(&received.headers, &received.body));
        let event: Value = serde_json::from_str(&received.body).unwrap();
        ids.push(event["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one id on every try");
    assert_eq!(settled(&rig, "W00001").await.tries.len(), 3);
}

#[tokio::test]
async fn the_schedule_ends() {
    let rig = Rig::start().await;
    rig.inbox.answer(&[(500, ""); 30]);
    rig.precreate("A1", "tea").await;
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let [alipay, wechat] = [settled(&rig, "A1").await, settled(&rig, "W00001").await];
    assert_eq!((alipay.state, alipay.tries.len()), (NoticeState::GivenUp, 8));
    assert_eq!((wechat.state, wechat.tries.len()), (NoticeState::GivenUp, 16));
}

#[tokio::test]
async fn silence_is_no_acceptance() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/n", listener.local_addr().unwrap());
    let config = Config { notify_timeout: Duration::from_millis(5), ..Config::default() };
    let rig = Rig::with(config).await;
    let mut body = rig.native_body("W00001", "tea");
    body["notify_url"] = json!(url);
    rig.wechat("POST", "/v3/pay/transactions/native", Some(body)).await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let notice = settled(&rig, "W00001").await;
    assert_eq!(notice.state, NoticeState::GivenUp);
    assert_eq!((notice.tries[0].status, &*notice.tries[0].detail), (None, "no answer in time"));
}

#[tokio::test]
async fn a_lost_notification_is_never_sent() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "operation": "notify", "fault": "notify_lost" })).await;
    for number in ["A1", "A2"] {
        rig.precreate(number, "tea").await;
        rig.sandbox.pay(Channel::Alipay, number).unwrap();
    }
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!(form["out_trade_no"], "A2");
    let lost = settled(&rig, "A1").await;
    assert_eq!((lost.state, lost.tries), (NoticeState::Lost, vec![]));
}

#[tokio::test]
async fn a_doubled_notification_comes_as_often_as_asked() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "fault": "notify_double", "n": 3 })).await;
    rig.precreate("A1", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    let mut ids = Vec::new();
    for _copy in 0..3 {
        let received = rig.inbox.next().await;
        ids.push(rig.merchant.open_form(&received.body).unwrap()["notify_id"].clone());
    }
    ids.dedup();
    assert_eq!((ids.len(), settled(&rig, "A1").await.tries.len()), (1, 3));
}

#[tokio::test]
async fn a_held_notification_comes_after_the_next_one() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "fault": "notify_reorder", "out_trade_no": "A1" })).await;
    for number in ["A1", "A2"] {
        rig.precreate(number, "tea").await;
        rig.sandbox.pay(Channel::Alipay, number).unwrap();
    }
    let mut order = Vec::new();
    for _notice in 0..2 {
        let received = rig.inbox.next().await;
        order.push(rig.merchant.open_form(&received.body).unwrap()["out_trade_no"].clone());
    }
    assert_eq!(order, ["A2", "A1"]);
}

#[tokio::test]
async fn a_delayed_notification_keeps_its_distance_from_the_payment() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "fault": "notify_delay", "ms": 200 })).await;
    rig.precreate("A1", "tea").await;
    let paid = rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.inbox.next().await;
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let told = settled(&rig, "A1").await.tries[0].at.clone();
    assert!(time(&told) - time(&paid.paid_at.unwrap()) >= 200);
}

#[tokio::test]
async fn a_wrong_signature_comes_once_and_then_the_right_one() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "operation": "notify", "fault": "wrong_signature", "times": 2 })).await;
    rig.precreate("A1", "tea").await;
    rig.native("W00001", "tea").await;
    rig.inbox.answer(&[(401, "")]);
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    assert_eq!(rig.merchant.open_form(&rig.inbox.next().await.body), None);
    assert!(rig.merchant.open_form(&rig.inbox.next().await.body).is_some());
    rig.inbox.answer(&[(401, "")]);
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    for trusted in [false, true] {
        let received = rig.inbox.next().await;
        assert_eq!(rig.merchant.trusts(&received.headers, &received.body), trusted);
    }
}

#[tokio::test]
async fn a_wrong_amount_is_rightly_signed() {
    let mut rig = Rig::start().await;
    rig.arm(json!({ "operation": "notify", "fault": "wrong_amount", "times": 2 })).await;
    rig.precreate("A1", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!(form["total_amount"], "88.89");
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let received = rig.inbox.next().await;
    let event: Value = serde_json::from_str(&received.body).unwrap();
    let plain: Value = serde_json::from_str(&rig.merchant.unseal(&event["resource"])).unwrap();
    assert_eq!(plain["amount"]["total"], 8889);
}
