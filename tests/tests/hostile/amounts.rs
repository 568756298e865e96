//! Money that cannot be: at the API, and against what was paid.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use serde_json::json;

use super::wire::{ask, create, nothing_was_made, order, request};

#[tokio::test(flavor = "multi_thread")]
async fn a04_a06_amounts_and_currencies_are_plain_or_refused() {
    let rig = Rig::start(Setup::default()).await;
    let amounts = ["0", "-1", "1.5", "1e2", "\"100\"", "null", "true", "[1]", "{}", "-0", "1.0"];
    let too_much = ["9223372036854775808", "9223372036854775807", "18446744073709551616"];
    for amount in amounts.iter().chain(&too_much) {
        let reply = ask(&rig, create("k", order("amount", amount))).await;
        assert_eq!(reply.outcome(), "400 invalid-field", "{amount}");
        assert_eq!(reply.json()["errors"][0]["pointer"], "/amount", "{amount}");
    }
    for amount in ["NaN", "Infinity", "01", "+1", "0x10", "1_000", "1e999", "."] {
        let reply = ask(&rig, create("k", order("amount", amount))).await;
        assert_eq!(reply.outcome(), "400 malformed-json", "{amount}");
    }
    for currency in ["\"cny\"", "\"XXX\"", "\"USD \"", "\"\"", "null", "156", "\"ＣＮＹ\""] {
        let reply = ask(&rig, create("k", order("currency", currency))).await;
        assert_eq!(reply.outcome(), "400 invalid-field", "{currency}");
        assert_eq!(reply.json()["errors"][0]["pointer"], "/currency", "{currency}");
    }
    let without = order("amount", "1").replace(r#""currency":"CNY","#, "");
    assert_eq!(ask(&rig, create("k", without)).await.outcome(), "400 invalid-field");
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a05_a34_no_refund_overflows_or_finds_money_that_is_not_there() {
    let rig = Rig::start(Setup::default()).await;
    let placed = ask(&rig, create("paid", order("order_no", r#""paid""#))).await;
    assert_eq!(placed.outcome(), "201");
    let (paid, number) =
        (text(&placed.json(), "/id"), text(&placed.json(), "/attempt/out_trade_no"));
    let refund = async |payment: &str, key: &str, amount: i64, currency: &str| {
        let fields = format!("Content-Type: application/json\r\nIdempotency-Key: {key}\r\n");
        let body = json!({ "refund_no": key, "amount": amount, "currency": currency });
        let line = format!("POST /v1/payments/{payment}/refunds");
        ask(&rig, request(&line, &fields, body.to_string())).await.outcome()
    };
    assert_eq!(refund(&paid, "early", 1, "CNY").await, "409 payment-not-paid");
    let nothing = "pay_00000000000000000000000000";
    assert_eq!(refund(nothing, "unknown", 1, "CNY").await, "404 not-found");
    assert!(rig.sandbox.pay(Channel::Alipay, &number).is_ok());
    rig.shop.hears("payment.succeeded", "paid").await;
    assert_eq!(refund(&paid, "first", 800, "CNY").await, "201");
    // With what is back already, each of these is more than an integer holds.
    for (key, amount) in [("o-1", i64::MAX), ("o-2", i64::MAX - 1), ("o-3", i64::MAX - 799)] {
        let outcome = refund(&paid, key, amount, "CNY").await;
        assert!(["400 invalid-field", "422 refund-exceeds-paid"].contains(&&*outcome), "{outcome}");
    }
    assert_eq!(refund(&paid, "over", 89, "CNY").await, "422 refund-exceeds-paid");
    assert_eq!(refund(&paid, "other", 1, "XXX").await, "400 invalid-field");
    assert_eq!(refund(&paid, "none", 0, "CNY").await, "400 invalid-field");
    assert_eq!(refund(&paid, "minus", -1, "CNY").await, "400 invalid-field");
    let closed = ask(&rig, create("closed", order("order_no", r#""closed""#))).await;
    let closed = text(&closed.json(), "/id");
    rig.api.close(&closed).await;
    assert_eq!(refund(&closed, "late", 1, "CNY").await, "409 payment-not-paid");
    assert_eq!(refund(&paid, "rest", 88, "CNY").await, "201");
    assert_eq!(rig.api.payment(&paid).await["status"], "succeeded");
}

fn text(value: &serde_json::Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(|it| it.as_str()).unwrap_or_default().to_owned()
}
