//! What merchants' books hold, as operators and their merchants see it.

use serde_json::{Value, json};

use super::Console;

fn rows(answer: &Value, keys: &[&str]) -> Vec<Vec<Value>> {
    let rows = answer["data"].as_array().unwrap().iter();
    rows.map(|it| keys.iter().map(|key| it[key].clone()).collect()).collect()
}

#[tokio::test]
async fn a_payment_is_booked_with_its_fee() {
    let console = Console::new();
    let id = console.rig.paid("A-1").await;
    let payment = console.get(&format!("/admin/v1/payments/{id}"), "viewer").await.json();
    assert_eq!(
        [&payment["fee"], &payment["fee_returned"], &payment["net"]],
        [&json!(53), &json!(0), &json!(8835)]
    );
    let books = console.get("/admin/v1/merchants/shop/ledger", "merchant").await.json();
    let held = rows(&books, &["book", "amount", "currency"]);
    assert_eq!(
        held,
        [[json!("fees"), json!(53), json!("CNY")], [json!("owed"), json!(8835), json!("CNY")]]
    );
    let trade = payment["attempt"]["out_trade_no"].as_str().unwrap();
    let path = "/admin/v1/merchants/shop/journal";
    let first = console.get(&format!("{path}?limit=1"), "viewer").await.json();
    let keys = ["cause", "debit", "credit", "amount", "moved_at"];
    let paid = format!("payment/{trade}");
    let at = "2026-01-15T04:35:10.000Z";
    assert_eq!(
        rows(&first, &keys),
        [[json!(paid), json!("channel/ali"), json!("owed/shop"), json!(8888), json!(at)]]
    );
    let rest = format!("{path}?after={}", first["next_after"]);
    let rest = console.get(&rest, "viewer").await.json();
    assert_eq!(rows(&rest, &["cause", "amount"]), [[json!(format!("fee/{trade}")), json!(53)]]);
    let checked = console.get("/admin/v1/ledger/check", "viewer").await.json();
    assert_eq!(checked, json!({ "balanced": true, "data": [], "settlements": [] }));
}

/// A merchant's user sees its own books, and learns of no other's.
#[tokio::test]
async fn books_of_others_are_not_there() {
    let console = Console::new();
    for page in ["ledger", "journal"] {
        let path = |merchant: &str| format!("/admin/v1/merchants/{merchant}/{page}");
        assert_eq!(console.get(&path("other"), "merchant").await.outcome(), "404 not-found");
        assert_eq!(console.get(&path("A%20B"), "viewer").await.outcome(), "404 not-found");
        assert_eq!(console.get(&path("gone"), "viewer").await.outcome(), "200");
    }
    let bad = console.get("/admin/v1/merchants/shop/journal?after=x", "viewer").await;
    assert_eq!(bad.outcome(), "400 invalid-query");
}
