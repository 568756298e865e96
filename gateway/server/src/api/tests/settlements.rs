//! What merchants see of their settlements, and ask for.

use std::sync::Arc;
use std::time::Duration;

use paymux_core::Currency;
use paymux_core::settlement::{Calendar, Period};
use paymux_engine::snapshot::SettlementTerms;
use serde_json::json;

use super::rig::{OTHER, Rig};

/// The rig's shop asks for them.
pub(crate) fn on_request() -> Arc<SettlementTerms> {
    Arc::new(SettlementTerms {
        currency: Currency::Cny,
        calendar: Calendar::default(),
        period: Period { days: 1, cutoff_minutes: 0, offset_minutes: 480 },
        on_request: true,
        min: 100,
        automatic: false,
        approve_above: None,
        payout: None,
    })
}

#[tokio::test]
async fn a_merchant_asks_for_what_it_is_owed() {
    let rig = Rig::new();
    let path = "/v1/settlements";
    assert_eq!(rig.post(path, "k-0", "").await.outcome(), "422 nothing-to-settle");
    let payment = rig.paid("A-1").await;
    rig.paid("A-2").await;
    rig.pass(Duration::from_secs(1));
    let made = rig.post(path, "k-1", "").await;
    assert_eq!(made.outcome(), "201");
    // Two of 88.88, less 0.6 % of each.
    assert_eq!(made.json()["amount"], 2 * (8_888 - 53));
    assert_eq!([made.text("/status"), made.text("/id")], ["draft", "stl_shop_CNY_000001"]);
    let statement = json!({ "carried": 0, "net": 17_670, "items": [
        { "kind": "fee", "count": 2, "credited": 0, "debited": 106 },
        { "kind": "payment", "count": 2, "credited": 17_776, "debited": 0 },
    ] });
    assert_eq!(made.json()["statement"], statement);
    assert_eq!(rig.post(path, "k-2", "").await.outcome(), "409 settlement-undecided");
    let listed = rig.get(path).await.json();
    assert_eq!((&listed["data"][0], &listed["next_cursor"]), (&made.json(), &json!(null)));
    let one = format!("{path}/stl_shop_CNY_000001");
    assert_eq!(rig.get(&one).await.json(), made.json());
    let page = rig.get(&format!("{one}/entries?limit=3")).await.json();
    let amounts: Vec<_> = page["data"].as_array().unwrap().iter().map(|it| &it["amount"]).collect();
    assert_eq!(amounts, [8_888, -53, 8_888]);
    assert_eq!(page["data"][0]["payment"], payment);
    let rest = rig.get(&format!("{one}/entries?after={}", page["next_after"])).await.json();
    assert_eq!((&rest["data"][0]["amount"], &rest["next_after"]), (&json!(-53), &json!(null)));
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    let csv = rig.get(&format!("{one}/entries.csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines[1].contains(&format!(",{payment},8888,CNY,")), "{text}");
    let last = page["data"][2]["cursor"].to_string();
    let csv = rig.get(&format!("{one}/entries.csv?after={last}")).await;
    assert_eq!(String::from_utf8(csv.body.to_vec()).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn settlements_of_others_are_not_there() {
    let rig = Rig::new();
    rig.paid("A-1").await;
    rig.pass(Duration::from_secs(1));
    assert_eq!(rig.post("/v1/settlements", "k-1", "").await.outcome(), "201");
    let one = "/v1/settlements/stl_shop_CNY_000001";
    for path in [one.to_owned(), format!("{one}/entries"), format!("{one}/entries.csv")] {
        assert_eq!(rig.get_as(OTHER, &path).await.outcome(), "404 not-found", "{path}");
    }
    let theirs = rig.get_as(OTHER, "/v1/settlements").await;
    assert_eq!(theirs.json()["data"], json!([]));
    for path in ["/v1/settlements?cursor=a%20b", "/v1/settlements?limit=0", "/v1/settlements?x=1"] {
        assert_eq!(rig.get(path).await.outcome(), "400 invalid-query", "{path}");
    }
    let bad = rig.get(&format!("{one}/entries?after=-1")).await;
    assert_eq!(
        (bad.outcome().as_str(), bad.pointers()),
        ("400 invalid-query", vec!["after".into()])
    );
}
