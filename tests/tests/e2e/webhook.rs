//! The merchant is told until it says that it heard.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::shop::Reply;
use paymux_tests::wait::until;

use super::order::Order;

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_repeated_until_it_is_acknowledged() {
    let setup = Setup { delivery: "timeout = \"1s\"", ..Setup::default() };
    let rig = Rig::start(setup).await;
    let order = Order::placed(&rig, Channel::Alipay, "told").await;
    let replies = [
        Reply::Status(500, "success"),
        Reply::Hang,
        Reply::Redirect,
        Reply::Status(200, "ok"),
        Reply::Cut,
        Reply::Status(404, "success"),
    ];
    rig.shop.script("payment.succeeded", "told-alipay", &replies);
    order.pay();
    rig.shop.hears("payment.succeeded", "told-alipay").await;

    let heard = rig.shop.of("payment.succeeded", "told-alipay");
    assert_eq!(heard.len(), replies.len() + 1, "{heard:?}");
    let first = &heard[0];
    assert!(heard.iter().all(|it| it.id == first.id && it.body == first.body), "{heard:?}");
    assert!(heard.is_sorted_by_key(|it| it.timestamp), "{heard:?}");
    let last = &heard[replies.len()];
    assert!(last.timestamp > first.timestamp, "each attempt is signed anew");
    assert_ne!(last.signature, first.signature);
    assert_eq!(rig.shop.elsewhere(), 0, "no redirect is followed");

    let recorded = async || {
        let timeline = rig.api.timeline(&order.id).await;
        let delivered = timeline["deliveries"][0]["status"] == "delivered";
        delivered.then_some(timeline)
    };
    let timeline = until("the delivery is recorded", recorded).await;
    assert_eq!(timeline["deliveries"][0]["attempts"], 7, "{timeline}");
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    let attempts = entries.iter().filter(|it| it["kind"] == "delivery.attempted");
    let outcomes: Vec<_> = attempts.filter_map(|it| it["detail"]["outcome"].as_str()).collect();
    let expected = [
        "server_error",
        "deadline",
        "redirect",
        "body_not_success",
        "broken",
        "client_error",
        "acknowledged",
    ];
    assert_eq!(outcomes, expected, "{timeline}");
    let metrics = rig.metrics().await;
    for outcome in expected {
        let sum = metrics.sum("paymux_delivery_attempts_total", &[("outcome", outcome)]);
        assert_eq!(sum, 1, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_ends_and_the_event_stays_listed() {
    let setup = Setup { schedule: r#"["0s", "100ms", "100ms"]"#, ..Setup::default() };
    let rig = Rig::start(setup).await;
    let order = Order::placed(&rig, Channel::Wechat, "deaf").await;
    let replies: Vec<_> = (0..10).map(|_| Reply::Status(503, "")).collect();
    rig.shop.script("payment.succeeded", "deaf-wechat", &replies);
    order.pay();
    let exhausted = async || {
        let timeline = rig.api.timeline(&order.id).await;
        (timeline["deliveries"][0]["status"] == "exhausted").then_some(timeline)
    };
    let timeline = until("the schedule is used up", exhausted).await;
    assert_eq!(timeline["deliveries"][0]["attempts"], 3, "{timeline}");
    assert_eq!(rig.shop.of("payment.succeeded", "deaf-wechat").len(), 3);
    assert_eq!(order.events().await, ["payment.succeeded"]);
    let rest = async || (rig.metrics().await.sum("paymux_tasks_open", &[]) == 0).then_some(());
    until("nothing is left to do", rest).await;
    assert_eq!(rig.shop.of("payment.succeeded", "deaf-wechat").len(), 3);
}
