//! What an endpoint cannot hear is held, and sent once it can.

use jiff::Timestamp;
use paymux_sandbox::Channel;
use paymux_tests::config::{SECOND_SECRET, Setup};
use paymux_tests::rig::Rig;
use paymux_tests::shop::{Reply, Shop};
use paymux_tests::wait::until;
use serde_json::Value;

use super::order::Order;

/// The rig, and a second endpoint of its merchant.
async fn two_endpoints(delivery: &'static str) -> (Rig, Shop) {
    let second = Shop::open(SECOND_SECRET).await;
    let more = format!(
        "\n[[merchants.tests.endpoints]]\nid = \"second\"\nurl = \"{}\"\n\
         secret = \"file:keys/second-secret.txt\"\n",
        second.url()
    );
    (Rig::start(Setup { more, delivery, ..Setup::default() }).await, second)
}

/// The state of the endpoint `shop`.
async fn shop_state(rig: &Rig) -> Value {
    rig.api.get("/v1/endpoints").await.json()["data"][0].clone()
}

async fn delivery_status(rig: &Rig, order: &Order<'_>, status: &str) -> Value {
    let seen = async || {
        let timeline = rig.api.timeline(&order.id).await;
        let all = timeline["deliveries"].as_array().cloned().unwrap_or_default();
        let shop = all.into_iter().find(|it| it["endpoint"] == "shop")?;
        (shop["status"] == status).then_some(timeline)
    };
    until(&format!("{} is {status}", order.order_no), seen).await
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_is_held_told_and_replayed_in_order() {
    let (rig, second) = two_endpoints("timeout = \"5s\"").await;
    let mut orders = vec![Order::placed(&rig, Channel::Alipay, "gone-0").await];
    rig.shop.script("payment.succeeded", "gone-0-alipay", &[Reply::Status(410, "")]);
    orders[0].pay();
    delivery_status(&rig, &orders[0], "held").await;
    let state = shop_state(&rig).await;
    assert_eq!((&state["status"], &state["reason"]), (&"disabled".into(), &"gone".into()));
    let news = second.hears("endpoint.disabled", "").await;
    assert_eq!(news.event["data"]["endpoint"]["id"], "shop", "{:?}", news.event);
    for number in 1..4 {
        let order = Order::placed(&rig, Channel::Alipay, &format!("gone-{number}")).await;
        order.pay();
        second.hears("payment.succeeded", &order.order_no).await;
        delivery_status(&rig, &order, "held").await;
        orders.push(order);
    }
    assert_eq!(rig.shop.heard().len(), 1, "nothing was sent to what is gone");
    let rest = async || (rig.metrics().await.sum("paymux_tasks_open", &[]) == 0).then_some(());
    until("no task waits for what is held", rest).await;

    let path = "/admin/v1/merchants/tests/endpoints";
    let operator = rig.operator();
    let listed = operator.get(path).await.json();
    assert_eq!(listed["data"][0]["status"], "disabled", "{listed}");
    let enabled = operator.act(&format!("{path}/shop/enable")).await;
    assert_eq!(enabled.json()["status"], "enabled", "{enabled:?}");
    for order in &orders {
        rig.shop.hears("payment.succeeded", &order.order_no).await;
        delivery_status(&rig, order, "delivered").await;
    }
    // Once more, by hand: the same event under the same id.
    let first = rig.shop.of("payment.succeeded", "gone-0-alipay");
    let replay = format!("/v1/events/{}/replay?endpoint=shop", first[0].id);
    let replayed = rig.api.act(&replay).await;
    assert_eq!(replayed.status, 202, "{replayed:?}");
    let again = async || {
        let heard = rig.shop.of("payment.succeeded", "gone-0-alipay");
        (heard.len() == 3).then_some(heard)
    };
    let heard = until("it is heard again", again).await;
    assert!(heard.iter().all(|it| it.id == first[0].id && it.body == first[0].body), "{heard:?}");
    assert_eq!(second.of("payment.succeeded", "gone-0-alipay").len(), 1, "not to the other one");
    let metrics = rig.metrics().await;
    assert_eq!(metrics.sum("paymux_endpoints_disabled_total", &[("reason", "gone")]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_for_long_disables_and_the_merchant_enables() {
    let (rig, second) = two_endpoints("timeout = \"5s\"\ndisable_after = \"1s\"").await;
    let order = Order::placed(&rig, Channel::Wechat, "failing").await;
    let failures: Vec<_> = (0..9).map(|_| Reply::Status(500, "")).collect();
    rig.shop.script("payment.succeeded", "failing-wechat", &failures);
    order.pay();
    let timeline = delivery_status(&rig, &order, "held").await;
    let state = shop_state(&rig).await;
    assert_eq!(state["reason"], "failing", "{state} {timeline}");
    assert!(state["failing_since"].is_string(), "{state}");
    second.hears("endpoint.disabled", "").await;
    let attempts = rig.shop.of("payment.succeeded", "failing-wechat").len();
    assert!((3..=9).contains(&attempts), "{attempts}");

    let enabled = rig.api.act("/v1/endpoints/shop/enable").await;
    assert_eq!((enabled.status, &enabled.json()["status"]), (200, &"enabled".into()));
    rig.shop.hears("payment.succeeded", "failing-wechat").await;
    delivery_status(&rig, &order, "delivered").await;
    let well = async || shop_state(&rig).await["failing_since"].is_null().then_some(());
    until("one success forgets all failures", well).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_wait_is_granted() {
    let rig = Rig::start(Setup::default()).await;
    let order = Order::placed(&rig, Channel::Alipay, "busy").await;
    let replies = [Reply::Wait("3"), Reply::Wait("soon"), Reply::Wait("-1")];
    rig.shop.script("payment.succeeded", "busy-alipay", &replies);
    order.pay();
    rig.shop.hears("payment.succeeded", "busy-alipay").await;
    let timeline = delivery_status(&rig, &order, "delivered").await;
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    let attempts = entries.iter().filter(|it| it["kind"] == "delivery.attempted");
    let time = |it: &Value| it.as_str().and_then(|it| it.parse::<Timestamp>().ok());
    let pause = |it: &Value| {
        let (at, next) = (time(&it["at"])?, time(&it["detail"]["next_at"])?);
        Some(next.duration_since(at).as_millis())
    };
    let pauses: Vec<_> = attempts.filter_map(pause).collect();
    let [wish, no_wish, nonsense] = pauses[..] else { panic!("{timeline}") };
    assert_eq!(wish, 3000, "{timeline}");
    assert!((200..=220).contains(&no_wish) && (200..=220).contains(&nonsense), "{pauses:?}");
}
