//! Notifications and returns, over the real router.

mod counting;
mod guards;
mod hint;
mod matrix;

use axum::body::Body;
use http::Request;

use crate::api::tests::rig::{Rig, order, returned, signed};
use crate::cashier::with_outcome;

#[tokio::test]
async fn the_channels_word_makes_a_payment_paid() {
    let rig = Rig::new();
    let payment = rig.page("A-1").await;
    for _ in 0..2 {
        let reply = rig.pay(&payment).await;
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (200, &b"success"[..]));
    }
    let read = rig.get(&format!("/v1/payments/{}", payment.text("/id"))).await;
    assert_eq!(read.text("/status"), "succeeded");
}

#[tokio::test]
async fn a_forgery_is_refused_in_the_channels_words() {
    let rig = Rig::new();
    let payment = rig.page("A-1").await;
    let forged = signed(&[("out_trade_no", &payment.text("/attempt/out_trade_no"))]) + "x";
    let request = Request::post("/notify/ali").body(Body::from(forged)).unwrap();
    let reply = rig.send(request).await;
    assert_eq!((reply.status.as_u16(), &reply.body[..]), (400, &b"fail"[..]));
}

#[tokio::test]
async fn what_is_for_nobody_is_not_read() {
    let rig = Rig::new();
    // Too large as well: whoever looked at the body would say so.
    for path in ["/notify/wx", "/notify/ALI", "/notify/%FF"] {
        let body = Body::from(vec![b'x'; super::MAX_BYTES + 1]);
        let reply = rig.send(Request::post(path).body(body).unwrap()).await;
        assert_eq!(reply.outcome(), "404 not-found", "{path}");
    }
    let body = Body::from(vec![b'x'; super::MAX_BYTES + 1]);
    let reply = rig.send(Request::post("/notify/ali").body(body).unwrap()).await;
    assert_eq!(reply.outcome(), "413 body-too-large");
}

#[tokio::test]
async fn a_browser_goes_on_to_the_merchants_page() {
    let rig = Rig::new();
    let url = r#""page","return_url":"https://shop.example.com/back?a=1#top""#;
    let payment = rig.post("/v1/payments", "k", order("A-1").replace("\"qr\"", url)).await;
    let query = returned(&payment.text("/attempt/out_trade_no"));
    let landed = rig.get(&format!("/return/ali?{query}")).await;
    assert_eq!(landed.outcome(), "303");
    let id = payment.text("/id");
    let expect = format!(
        "https://shop.example.com/back?a=1&payment_id={id}&order_no=A-1&status=pending#top"
    );
    assert_eq!(landed.header("location"), expect);
}

#[tokio::test]
async fn without_a_page_of_the_merchants_there_is_ours() {
    let rig = Rig::new();
    let payment = rig.page("A-1").await;
    let query = returned(&payment.text("/attempt/out_trade_no"));
    let landed = rig.get(&format!("/return/ali?{query}")).await;
    assert_eq!(landed.outcome(), "200");
    assert_eq!(landed.header("content-security-policy"), "default-src 'none'");
    assert!(String::from_utf8_lossy(&landed.body).contains("A-1"));
}

#[tokio::test]
async fn nobody_else_sends_a_browser_anywhere() {
    let rig = Rig::new();
    let payment = rig.page("A-1").await;
    let query = returned(&payment.text("/attempt/out_trade_no"));
    let forged = query.replace("out_trade_no=", "out_trade_no=0");
    let strange = returned("2026");
    for path in ["/return/ali", "/return/ali?return_url=https://evil.example", "/return/wx"] {
        assert_eq!(rig.get(path).await.outcome(), "404 not-found", "{path}");
    }
    for query in [forged, strange, query.clone() + "&return_url=https://evil.example"] {
        let reply = rig.get(&format!("/return/ali?{query}")).await;
        assert_eq!(reply.outcome(), "404 not-found", "{query}");
    }
    assert_eq!(rig.get(&format!("/return/wx?{query}")).await.outcome(), "404 not-found");
}

#[tokio::test]
async fn the_outcome_joins_any_query() {
    let rig = Rig::new();
    rig.page("A-1").await;
    let payment = rig.store.tables().payments.into_values().next().unwrap();
    let outcome = format!("payment_id={}&order_no=A-1&status=pending", payment.id);
    let check = |url: &str, expect: &str| {
        assert_eq!(with_outcome(url, &payment), expect.replace("OUTCOME", &outcome), "{url}");
    };
    check("https://a.example", "https://a.example?OUTCOME");
    check("https://a.example/b", "https://a.example/b?OUTCOME");
    check("https://a.example/b?", "https://a.example/b?OUTCOME");
    check("https://a.example/b?c=d", "https://a.example/b?c=d&OUTCOME");
    check("https://a.example/b?c=d&", "https://a.example/b?c=d&OUTCOME");
    check("https://a.example/b#/c?d=e", "https://a.example/b?OUTCOME#/c?d=e");
    check("https://a.example/b?c#d#e", "https://a.example/b?c&OUTCOME#d#e");
}

/// A share of a payment, a transfer: told to the same address, and no payment of ours.
#[tokio::test]
async fn what_tells_of_no_payment_is_received_and_kept() {
    let rig = Rig::new();
    let told = signed(&[
        ("app_id", crate::api::tests::rig::APP_ID),
        ("notify_id", "n-1"),
        ("notify_type", "trade_settle_notify"),
        ("notify_time", "2026-01-15 12:35:11"),
        ("out_trade_no", "20260115-7"),
    ]);
    for _ in 0..2 {
        let request = Request::post("/notify/ali").body(Body::from(told.clone())).unwrap();
        let reply = rig.send(request).await;
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (200, &b"success"[..]));
    }
    let kept = rig.store.tables().evidence;
    assert_eq!(kept.len(), 1);
}
