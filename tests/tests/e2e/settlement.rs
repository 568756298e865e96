//! Settlement: what was paid, less refunds and fees, with a correction, is asked for, agreed to,
//! and paid; a gateway that is killed on the way has lost nothing of it.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::order::{AMOUNT, CHANNELS, Order};
use super::refund::wish;

const TERMS: &str = r#"
[[merchants.tests.fees]]
rate_bp = 60
[merchants.tests.settlement]
schedule = "request"
confirm = "automatic"
approve_above = "1000.00"
"#;
const BACK: i64 = 3_00;
const CORRECTED: i64 = 2_50;

async fn read(rig: &Rig, number: &str) -> Value {
    rig.api.get(&format!("/v1/settlements/{number}")).await.json()
}

async fn is(rig: &Rig, number: &str, status: &str) {
    let there = async || (read(rig, number).await["status"] == status).then_some(());
    until(&format!("{number} is {status}"), there).await;
}

async fn adjusted(rig: &Rig, number: &str, at: Option<&Value>) -> (u16, Value) {
    let mut wish = json!({
        "number": number,
        "amount": CORRECTED,
        "currency": "CNY",
        "direction": "credit",
        "reason": "a broken scanner",
    });
    if let Some(at) = at {
        wish["at"] = at.clone();
    }
    let answer = rig.operator().post("/admin/v1/merchants/tests/adjustments", "", &wish).await;
    (answer.status, answer.json())
}

/// What its lines add up to.
async fn lines(rig: &Rig, number: &str) -> i64 {
    let answer = rig.api.get(&format!("/v1/settlements/{number}/entries.csv")).await;
    let text = String::from_utf8(answer.body.to_vec()).expect("lines are text");
    let amounts = text.lines().skip(1).map(|it| it.split(',').nth(4).expect("an amount"));
    amounts.map(|it| it.parse::<i64>().expect("a number")).sum()
}

async fn adds_up(rig: &Rig) {
    let checked = rig.operator().get("/admin/v1/ledger/check").await.json();
    assert_eq!(checked, json!({ "balanced": true, "data": [], "settlements": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_asked_for_agreed_to_and_paid() {
    let setup = Setup { more: TERMS.to_owned(), ..Setup::default() };
    let mut rig = Rig::start(setup).await;
    for channel in CHANNELS {
        let order = Order::paid(&rig, channel, "tea").await;
        let key = format!("{}-r", order.order_no);
        rig.api.refund(&order.id, &key, &wish(&order.order_no, BACK)).await;
        rig.shop.hears("refund.succeeded", &order.order_no).await;
    }
    assert_eq!(adjusted(&rig, "adj-1", None).await.0, 201);
    // Of 8.88 the fee is 5 fen, and of 3.00 that go back 1 fen of it returns.
    let owed = 2 * (AMOUNT - 5 - BACK + 1) + CORRECTED;
    let asked = rig.api.act("/v1/settlements").await;
    assert_eq!((asked.status, &asked.json()["amount"]), (201, &json!(owed)), "{asked:?}");
    let number = asked.json()["id"].as_str().expect("a number").to_owned();
    is(&rig, &number, "confirmed").await;
    rig.shop.hears("settlement.confirmed", "").await;
    assert_eq!(lines(&rig, &number).await, owed);

    rig.kill_gateway().await;
    rig.start_gateway(&[]).await.expect("the gateway starts");
    is(&rig, &number, "confirmed").await;
    adds_up(&rig).await;

    let path = format!("/admin/v1/settlements/{number}/paid");
    let paid = json!({ "reference": "B-77", "reason": "the batch of Monday" });
    for _ in 0..2 {
        let answer = rig.operator().post(&path, "", &paid).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("paid")), "{answer:?}");
    }
    let told = rig.shop.hears("settlement.paid", "").await;
    assert_eq!(told.event["data"]["settlement"], read(&rig, &number).await);
    assert_eq!(rig.shop.of("settlement.paid", "").len(), 1);

    // What was settled is closed, and what came since is in the next.
    let cutoff = &read(&rig, &number).await["created_at"];
    let (status, refused) = adjusted(&rig, "adj-2", Some(&json!("2026-01-01T00:00:00Z"))).await;
    assert_eq!((status, &refused["errors"][0]["pointer"]), (422, &json!("/at")), "{cutoff}");
    let empty = rig.api.act("/v1/settlements").await;
    assert_eq!(empty.json()["code"], "nothing-to-settle", "{empty:?}");
    Order::paid(&rig, CHANNELS[0], "next").await;
    let next = rig.api.act("/v1/settlements").await;
    assert_eq!((next.status, &next.json()["amount"]), (201, &json!(AMOUNT - 5)), "{next:?}");
    adds_up(&rig).await;
}
