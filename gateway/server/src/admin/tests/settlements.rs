//! Settlements, as operators agree to them, pay them and correct what is owed.

use std::time::Duration;

use http::{Method, Request};
use serde_json::{Value, json};

use super::{Console, token};
use crate::api::tests::rig::Reply;

async fn post(console: &Console, path: &str, role: &str, body: &Value) -> Reply {
    let request = Request::builder().method(Method::POST).uri(path).header("host", "127.0.0.1");
    let request = request.header("authorization", format!("Bearer {}", token(role)));
    let request = request.header("content-type", "application/json");
    console.send_with(request, body.to_string()).await
}

#[tokio::test]
async fn a_settlement_is_drafted_confirmed_and_paid() {
    let console = Console::new();
    console.rig.paid("A-1").await;
    console.rig.pass(Duration::from_secs(1));
    let drafts = "/admin/v1/merchants/shop/settlements";
    let made = post(&console, drafts, "operator", &json!({})).await;
    assert_eq!((made.outcome().as_str(), made.text("/id").as_str()), ("201", NUMBER));
    let one = format!("/admin/v1/settlements/{NUMBER}");
    assert_eq!(
        post(&console, &format!("{one}/pay"), "admin", &json!({})).await.outcome(),
        "422 channel-unfit"
    );
    let paid =
        json!({ "reference": "B-77", "reason": "by bank", "paid_at": "2026-01-15T12:35:00+08:00" });
    console.rig.pass(Duration::from_secs(10));
    let early = post(&console, &format!("{one}/paid"), "admin", &paid).await;
    assert_eq!(early.outcome(), "409 settlement-state");
    let confirmed = post(&console, &format!("{one}/confirm"), "admin", &json!({})).await;
    assert_eq!(confirmed.text("/status"), "confirmed");
    let reserved = console.get("/admin/v1/merchants/shop/ledger", "viewer").await.json();
    let held = |book: &str| {
        reserved["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["book"] == book)
            .map(|it| it["amount"].clone())
    };
    assert_eq!((held("owed"), held("reserved")), (Some(json!(0)), Some(json!(8_835))));
    let empty = post(&console, &format!("{one}/paid"), "admin", &json!({})).await;
    assert_eq!(
        (empty.outcome().as_str(), empty.pointers()),
        ("400 invalid-field", vec!["/reference".to_owned(), "/reason".into()])
    );
    console.rig.pass(Duration::from_secs(10));
    let done = post(&console, &format!("{one}/paid"), "admin", &paid).await;
    assert_eq!([done.text("/status"), done.text("/reference")], ["paid", "B-77"]);
    assert_eq!(done.text("/paid_at"), "2026-01-15T04:35:00.000Z");
    for verb in ["confirm", "discard", "cancel"] {
        let refused = post(&console, &format!("{one}/{verb}"), "admin", &json!({})).await;
        assert_eq!(refused.outcome(), "409 settlement-state", "{verb}");
    }
    assert_eq!(
        post(&console, &format!("{one}/burn"), "admin", &json!({})).await.outcome(),
        "404 not-found"
    );
    let log = console.get("/admin/v1/audit", "viewer").await.json();
    let acts: Vec<_> =
        log["data"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    assert_eq!(acts, ["settlement.paid", "settlement.confirm", "settlement.draft"]);
    let detail = log["data"][0]["detail"].to_string();
    assert!(detail.contains("B-77") && detail.contains("by bank"), "{detail}");
    let checked = console.get("/admin/v1/ledger/check", "viewer").await.json();
    assert_eq!(checked["balanced"], true);
}

const NUMBER: &str = "stl_shop_CNY_000001";

#[tokio::test]
async fn what_is_corrected_has_a_reason_and_a_number() {
    let console = Console::new();
    let path = "/admin/v1/merchants/shop/adjustments";
    let wish = |number: &str, direction: &str| {
        json!({
            "number": number, "amount": 250, "currency": "CNY", "direction": direction,
            "reason": "a broken scanner",
        })
    };
    let made = post(&console, path, "admin", &wish("adj-1", "credit")).await;
    assert_eq!((made.outcome().as_str(), &made.json()["amount"]), ("201", &json!(250)));
    let again = post(&console, path, "admin", &wish("adj-1", "debit")).await;
    assert_eq!(again.outcome(), "409 adjustment-taken");
    let taken = post(&console, path, "admin", &wish("adj-2", "debit")).await;
    assert_eq!(taken.json()["amount"], -250);
    let bare = post(&console, path, "admin", &json!({ "amount": 0, "direction": "up" })).await;
    let fields = ["/number", "/amount", "/currency", "/direction", "/reason"].map(str::to_owned);
    let mut pointers = bare.pointers();
    pointers.sort();
    let mut fields = fields.to_vec();
    fields.sort();
    assert_eq!(pointers, fields);
    let future = json!({
        "number": "adj-3", "amount": 1, "currency": "CNY", "direction": "credit", "reason": "x",
        "at": "2030-01-01T00:00:00Z",
    });
    assert_eq!(post(&console, path, "admin", &future).await.pointers(), ["/at"]);
}

/// A merchant's user sees its own, and learns of no other's.
#[tokio::test]
async fn settlements_of_others_are_not_there() {
    let console = Console::new();
    console.rig.paid("A-1").await;
    console.rig.pass(Duration::from_secs(1));
    let path = |merchant: &str| format!("/admin/v1/merchants/{merchant}/settlements");
    assert_eq!(post(&console, &path("shop"), "operator", &json!({})).await.outcome(), "201");
    assert_eq!(console.get(&path("other"), "merchant").await.outcome(), "404 not-found");
    let own = console.get(&path("shop"), "merchant").await.json();
    assert_eq!(own["data"][0]["id"], NUMBER);
    let all = console.get("/admin/v1/settlements", "viewer").await.json();
    assert_eq!(all["data"], own["data"]);
    for end in ["", "/entries.csv"] {
        let one = format!("/admin/v1/settlements/{NUMBER}{end}");
        assert_eq!(console.get(&one, "merchant").await.outcome(), "200");
        let none = format!("/admin/v1/settlements/stl_other_CNY_000001{end}");
        assert_eq!(console.get(&none, "merchant").await.outcome(), "404 not-found");
    }
}
