//! Payments from the merchant's side: made once, read, listed, closed.

use std::time::Duration;

use super::rig::{Line, NOW, Rig, order};

#[tokio::test]
async fn a_code_to_scan() {
    let rig = Rig::new();
    rig.line(Line::Code);
    let made = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(made.outcome(), "201");
    assert_eq!(made.text("/action/qr_code"), "https://qr.example.com/1");
    assert_eq!(made.header("location"), format!("/v1/payments/{}", made.text("/id")));
    assert_eq!(made.header("idempotent-replayed"), "");
    assert_eq!(made.header("cache-control"), "no-store");
    let read = rig.get(made.header("location")).await;
    assert_eq!((read.outcome().as_str(), &read.body), ("200", &made.body));
}

#[tokio::test]
async fn every_field_arrives() {
    let rig = Rig::new();
    let body = r#"{"order_no":"A-1","amount":10000000000,"currency":"CNY","subject":"x","method":
        "page","channel":"alipay","payer":{"client_ip":"2001:db8::1"},"metadata":{"a.B-_1":"x"},
        "return_url":"https://shop.example.com/back?a=1#top","expires_in":60}"#;
    let made = rig.post("/v1/payments", "k", body).await;
    assert_eq!(made.outcome(), "201");
    let payment = rig.store.tables().payments.into_values().next().unwrap();
    let (order, way) = (payment.order, &payment.attempts[0].way);
    assert_eq!(order.merchant.as_str(), "shop");
    assert_eq!(order.order_no.as_str(), "A-1");
    assert_eq!(order.amount.minor(), 10_000_000_000);
    assert_eq!(way.channel.as_deref(), Some("alipay"));
    assert_eq!(way.payer.client_ip.as_deref(), Some("2001:db8::1"));
    assert_eq!(order.metadata["a.B-_1"], "x");
    assert_eq!(order.return_url.as_deref(), Some("https://shop.example.com/back?a=1#top"));
    assert_eq!(order.expires_at, NOW.after(Duration::from_secs(60)));
    rig.page("A-2").await;
    let order = rig.store.tables().payments.into_values().next_back().unwrap().order;
    assert_eq!(order.expires_at, NOW.after(Duration::from_secs(1800)));
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_same_bytes() {
    let rig = Rig::new();
    let body = order("A-1").replace("qr", "page");
    let first = rig.post("/v1/payments", "k", body.clone()).await;
    rig.pass(Duration::from_secs(3600));
    let again = rig.post("/v1/payments", "\"k\"", body.replace(',', " ,\n ")).await;
    assert_eq!((first.outcome().as_str(), again.outcome().as_str()), ("201", "201"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(rig.store.tables().payments.len(), 1);
}

#[tokio::test]
async fn a_key_or_a_number_of_something_else() {
    let rig = Rig::new();
    let first = rig.page("A-1").await;
    let other = order("A-1").replace("8888", "8889");
    let reused = rig.post("/v1/payments", "A-1", other.clone()).await;
    assert_eq!(reused.outcome(), "422 idempotency-key-reused");
    let taken = rig.post("/v1/payments", "k2", other).await;
    assert_eq!(taken.outcome(), "409 order-no-taken");
    assert_eq!(taken.text("/payment_id"), first.text("/id"));
    let same = rig.post("/v1/payments", "k3", order("A-1").replace("qr", "page")).await;
    assert_eq!((same.outcome().as_str(), same.text("/id")), ("200", first.text("/id")));
}

#[tokio::test]
async fn what_the_channel_does_not_answer_is_in_progress() {
    let rig = Rig::new();
    rig.line(Line::Silent);
    let made = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!((made.outcome().as_str(), made.text("/status").as_str()), ("202", "processing"));
    // Nobody is at it any more: a repeat asks again, under the same number.
    let again = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!((again.outcome().as_str(), again.text("/id")), ("202", made.text("/id")));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_what_is_under_way_is_told_so() {
    let rig = Rig::new();
    rig.line(Line::Held);
    // The deadline ends the wait; the request itself goes on.
    let late = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(late.outcome(), "504 timeout");
    let busy = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(busy.outcome(), "409 idempotency-key-in-use");
    assert_eq!(busy.header("retry-after"), "1");
}

#[tokio::test]
async fn what_was_never_sent_may_be_repeated() {
    let rig = Rig::new();
    rig.line(Line::Down);
    let refused = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(refused.outcome(), "503 channel-unavailable");
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(refused.text("/retryable"), "true");
    rig.line(Line::Code);
    rig.pass(Duration::from_secs(60));
    let made = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!((made.outcome().as_str(), made.text("/id")), ("201", refused.text("/payment_id")));
}

#[tokio::test]
async fn what_no_account_can_take() {
    let rig = Rig::new();
    let check = async |from: &str, to: &str, expect: &str| {
        let body = order("A-1").replace(from, to);
        assert_eq!(rig.post("/v1/payments", "k", body).await.outcome(), expect, "{to}");
    };
    check("\"qr\"", "\"app\"", "422 no-route").await;
    check("\"qr\"", "\"qr\",\"channel\":\"paypal\"", "422 no-route").await;
    check("CNY", "USD", "422 channel-unfit").await;
    check("一件商品", "a=b&c", "422 channel-unfit").await;
    assert!(rig.store.tables().payments.is_empty());
}

#[tokio::test]
async fn lists_go_back_in_time_page_by_page() {
    let rig = Rig::new();
    let mut ids = vec![];
    for number in 0..5 {
        ids.insert(0, rig.page(&format!("A-{number}")).await.text("/id"));
        rig.pass(Duration::from_secs(1));
    }
    let (mut seen, mut path) = (vec![], "/v1/payments?limit=2".to_owned());
    loop {
        let page = rig.get(&path).await.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() == 2 || page["next_cursor"].is_null(), "{page}");
        seen.extend(data.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/payments?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ids);
    let whole = rig.get("/v1/payments?limit=5").await.json();
    assert_eq!(
        (whole["data"].as_array().unwrap().len(), whole["next_cursor"].is_null()),
        (5, true)
    );
}

#[tokio::test]
async fn by_order_number() {
    let rig = Rig::new();
    let made = rig.page("A-1").await;
    let found = rig.get("/v1/payments?order_no=A-1").await;
    assert_eq!(
        (found.text("/data/0/id"), found.text("/next_cursor").as_str()),
        (made.text("/id"), "null")
    );
    let none = rig.get("/v1/payments?order_no=A-2").await;
    assert_eq!((none.outcome().as_str(), none.text("/data").as_str()), ("200", "[]"));
}

#[tokio::test]
async fn closing() {
    let rig = Rig::new();
    let made = rig.page("A-1").await;
    let path = format!("/v1/payments/{}/close", made.text("/id"));
    let closing = rig.post(&path, "k", "").await;
    // The channel has not agreed yet.
    assert_eq!((closing.outcome().as_str(), closing.text("/closing").as_str()), ("202", "true"));
    let paid = rig.paid("A-2").await;
    let late = rig.post(&format!("/v1/payments/{paid}/close"), "k", "").await;
    assert_eq!(late.outcome(), "409 payment-paid");
    assert_eq!(late.text("/payment_id"), paid);
}
