//! What merchants were to be told, and what happened.

use super::rig::Rig;

#[tokio::test]
async fn events_are_listed_as_they_are_delivered() {
    let rig = Rig::new();
    let empty = rig.get("/v1/events").await;
    assert_eq!(&empty.body[..], br#"{"data":[],"next_after":"0000000000000000"}"#);
    for number in 0..3 {
        rig.paid(&format!("A-{number}")).await;
    }
    let stored = rig.store.tables().events;
    let (mut after, mut seen) = (empty.text("/next_after"), vec![]);
    for expect in [2, 1, 0] {
        let page = rig.get(&format!("/v1/events?limit=2&after={after}")).await;
        let data = page.json()["data"].as_array().unwrap().clone();
        assert_eq!(data.len(), expect);
        for event in &data {
            let id = event["id"].as_str().unwrap();
            let payload = &stored[&id.parse().unwrap()].row.payload;
            let text = std::str::from_utf8(payload).unwrap();
            assert!(std::str::from_utf8(&page.body).unwrap().contains(text), "byte for byte");
            let alone = rig.get(&format!("/v1/events/{id}")).await;
            assert_eq!((alone.outcome().as_str(), &alone.body[..]), ("200", &payload[..]));
            seen.push(event["data"]["payment"]["order_no"].as_str().unwrap().to_owned());
        }
        after = page.text("/next_after");
    }
    assert_eq!(seen, ["A-0", "A-1", "A-2"]);
    let none = rig.get(&format!("/v1/events?after={after}")).await;
    assert_eq!(none.text("/next_after"), after);
}

#[tokio::test]
async fn a_timeline_tells_what_happened_and_who_was_told() {
    let rig = Rig::new();
    let id = rig.paid("A-1").await;
    let timeline = rig.get(&format!("/v1/payments/{id}/timeline")).await.json();
    let kinds: Vec<_> = timeline["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"route.decided") && kinds.len() >= 4, "{kinds:?}");
    assert!(timeline["data"][0]["at"].as_str().unwrap().starts_with("2026-01-15T04:34:56"));
    assert!(timeline["data"][0]["detail"].is_object());
    let delivery = &timeline["deliveries"][0];
    assert_eq!((&delivery["endpoint"], &delivery["status"]), (&"hook".into(), &"due".into()));
    assert_eq!(delivery["attempts"], 0);
    assert!(delivery["event_id"].as_str().unwrap().starts_with("evt_"));
}
