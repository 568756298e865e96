//! A second attempt for the same payment.

use super::rig::{Line, Rig};

const QR: &str = r#"{"method":"qr"}"#;

#[tokio::test]
async fn the_open_attempt_is_closed_before_another_is_begun() {
    let rig = Rig::new();
    let made = rig.page("A-1").await;
    let path = format!("/v1/payments/{}/attempts", made.text("/id"));
    rig.line(Line::Silent);
    let open = rig.post(&path, "a", QR).await;
    assert_eq!(open.outcome(), "409 attempt-open");
    assert_eq!((open.header("retry-after"), open.text("/payment_id")), ("5", made.text("/id")));
    // From here on nobody is sent to the page.
    let read = rig.get(&format!("/v1/payments/{}", made.text("/id"))).await.json();
    assert_eq!((read["status"].as_str(), read["action"].is_null()), (Some("pending"), true));
    assert_eq!(rig.store.tables().payments.into_values().next().unwrap().attempts.len(), 1);
}

#[tokio::test]
async fn an_order_that_nobody_saw_is_left_behind() {
    let rig = Rig::new();
    rig.line(Line::Silent);
    let made = rig.post("/v1/payments", "k", super::rig::order("A-1")).await;
    assert_eq!(made.outcome(), "202");
    let path = format!("/v1/payments/{}/attempts", made.text("/id"));
    rig.line(Line::Code);
    let second = rig.post(&path, "a", r#"{"method":"page"}"#).await;
    assert_eq!((second.outcome().as_str(), second.text("/method").as_str()), ("201", "page"));
    assert_ne!(second.text("/attempt/out_trade_no"), made.text("/attempt/out_trade_no"));
    let again = rig.post(&path, "a", r#"{"method":"page"}"#).await;
    assert_eq!((again.body, again.headers["idempotent-replayed"].len()), (second.body, 4));
}

#[tokio::test]
async fn what_has_ended_gets_no_other_attempt() {
    let rig = Rig::new();
    let paid = rig.paid("A-1").await;
    let reply = rig.post(&format!("/v1/payments/{paid}/attempts"), "a", QR).await;
    assert_eq!((reply.outcome().as_str(), reply.text("/status").as_str()), ("200", "succeeded"));
    let made = rig.page("A-2").await;
    let path = format!("/v1/payments/{}", made.text("/id"));
    rig.post(&format!("{path}/close"), "c", "").await;
    let reply = rig.post(&format!("{path}/attempts"), "b", QR).await;
    assert_eq!(reply.outcome(), "409 payment-ended");
}

#[tokio::test]
async fn whatever_is_wrong_with_it_closes_nothing() {
    let rig = Rig::new();
    let made = rig.page("A-1").await;
    let path = format!("/v1/payments/{}/attempts", made.text("/id"));
    let check = async |body: &str, expect: &str| {
        assert_eq!(rig.post(&path, "a", body.to_owned()).await.outcome(), expect, "{body}");
    };
    check("{}", "400 invalid-field").await;
    check(r#"{"method":"barcode"}"#, "400 invalid-field").await;
    check(r#"{"method":"qr","payer":{"auth_code":"281234567890123456"}}"#, "400 invalid-field")
        .await;
    check(r#"{"method":"qr","amount":1}"#, "400 invalid-field").await;
    check(r#"{"method":"qr","channel":"paypal"}"#, "422 no-route").await;
    let attempts = rig.store.tables().payments.into_values().next().unwrap().attempts;
    assert!(attempts.len() == 1 && !attempts[0].superseded);
}
