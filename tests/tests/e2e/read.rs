//! What merchants read: events, payments, timelines.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::Value;

use super::order::{CHANNELS, Order, name};

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_in_order_and_byte_for_byte_as_they_were_sent() {
    let rig = Rig::start(Setup::default()).await;
    for n in 0..3 {
        for channel in CHANNELS {
            Order::paid(&rig, channel, &format!("event-{n}")).await;
        }
    }
    let one_by_one = rig.api.events(1).await;
    assert_eq!(one_by_one.len(), 6);
    assert_eq!(one_by_one, rig.api.events(4).await, "pages of any size are the same list");
    let ids: std::collections::BTreeSet<_> = one_by_one.iter().map(|it| text(&it["id"])).collect();
    assert_eq!(ids.len(), 6, "nothing comes twice");
    for heard in rig.shop.heard() {
        let single = rig.api.get(&format!("/v1/events/{}", heard.id)).await;
        assert_eq!(single.body, heard.body, "{}", heard.id);
        let page = rig.api.get("/v1/events").await.body;
        let (page, body) = (String::from_utf8_lossy(&page), String::from_utf8_lossy(&heard.body));
        assert!(page.contains(&*body), "{page} holds {body}");
    }
    let end = rig.api.get("/v1/events?limit=100").await.json();
    let after = format!("/v1/events?after={}", text(&end["next_after"]));
    assert_eq!(rig.api.get(&after).await.json()["data"], Value::Array(vec![]));
    let order = Order::paid(&rig, CHANNELS[0], "event-later").await;
    let news = rig.api.get(&after).await.json();
    assert_eq!(news["data"][0]["data"]["payment"]["id"], *order.id, "{news}");
    assert_eq!(rig.api.get("/v1/events?after=1").await.code(), "invalid-query");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_found_by_number_and_page_by_page() {
    let rig = Rig::start(Setup::default()).await;
    let mut placed = vec![];
    for n in 0..3 {
        for channel in CHANNELS {
            placed.push(Order::placed(&rig, channel, &format!("list-{n}")).await.id);
        }
    }
    placed.reverse();
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = rig.api.get(&format!("/v1/payments?limit=4{cursor}")).await.json();
        found.extend(page["data"].as_array().cloned().unwrap_or_default());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let found: Vec<_> = found.iter().map(|it| text(&it["id"])).collect();
    assert_eq!(found, placed, "newest first");
    for channel in CHANNELS {
        let path = format!("/v1/payments?order_no=list-1-{}", name(channel));
        let one = rig.api.get(&path).await.json();
        assert_eq!(one["data"].as_array().map(Vec::len), Some(1), "{one}");
        assert!(placed.contains(&text(&one["data"][0]["id"])));
    }
    let none = rig.api.get("/v1/payments?order_no=other").await.json();
    assert_eq!(none["data"], Value::Array(vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_tells_the_whole_trip() {
    let rig = Rig::start(Setup::default()).await;
    for channel in CHANNELS {
        let order = Order::paid(&rig, channel, "trip").await;
        let told = async || {
            let timeline = rig.api.timeline(&order.id).await;
            let delivered = timeline["deliveries"][0]["status"] == "delivered";
            delivered.then_some(timeline)
        };
        let timeline = until("the delivery is recorded", told).await;
        let kinds = super::doubt::kinds(&timeline);
        let expected = [
            "attempt.dispatched",
            "route.decided",
            "attempt.accepted",
            "attempt.paid",
            "delivery.attempted",
        ];
        let mut sorted = kinds.clone();
        sorted.sort();
        let mut wanted = expected.map(str::to_owned).to_vec();
        wanted.sort();
        assert_eq!(sorted, wanted, "{timeline}");
        let entries = timeline["data"].as_array().cloned().unwrap_or_default();
        assert!(entries.is_sorted_by_key(|it| text(&it["at"])), "oldest first: {timeline}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
