use super::*;
use crate::tests::{NOW, changed, fen};
use serde_json::json;

const PAID: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"1",
    "transaction_id":"42","trade_state":"SUCCESS","success_time":"2025-01-01T07:59:57+08:00",
    "amount":{"total":8888,"payer_total":8000,"currency":"CNY","payer_currency":"CNY"}}"#;

fn transaction(changes: serde_json::Value) -> Transaction {
    serde_json::from_str(&changed(PAID, changes)).unwrap()
}

#[test]
fn the_receipt_is_of_the_orders_total() {
    let receipt = transaction(json!({})).receipt(NOW).unwrap();
    assert_eq!(receipt.amount, fen(8888));
    assert_eq!(receipt.channel_trade_no, "42");
    assert_eq!(receipt.paid_at, Timestamp(NOW.0 - 3000));
    let undated = transaction(json!({ "success_time": null })).receipt(NOW).unwrap();
    assert_eq!(undated.paid_at, NOW);
}

#[test]
fn half_a_receipt_is_none() {
    for (changes, missing) in [
        (json!({ "amount": null }), "amount"),
        (json!({ "amount": { "total": 8888, "currency": "RMB" } }), "amount"),
        (json!({ "amount": { "total": -1, "currency": "CNY" } }), "amount"),
        (json!({ "amount": { "payer_total": 8888, "currency": "CNY" } }), "amount"),
        (json!({ "transaction_id": null }), "transaction_id"),
        (json!({ "transaction_id": "" }), "transaction_id"),
        (json!({ "transaction_id": "4 2" }), "transaction_id"),
        (json!({ "transaction_id": "4".repeat(65) }), "transaction_id"),
        (json!({ "success_time": "yesterday" }), "success_time"),
        (json!({ "success_time": "" }), "success_time"),
    ] {
        assert_eq!(transaction(changes).receipt(NOW), Err(missing));
    }
}
