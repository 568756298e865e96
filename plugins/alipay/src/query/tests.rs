use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{NOW, account, answer, attempt, biz, call};

fn operation() -> Operation {
    Operation::Query { attempt: attempt() }
}

fn parsed(node: &serde_json::Value) -> Result<Outcome, ParseError> {
    account().parse(&operation(), &call(), &answer(Api::Query, &node.to_string()))
}

/// A paid trade as captured, with some members changed.
fn trade(changes: serde_json::Value) -> serde_json::Value {
    let mut node = json!({
        "code": "10000", "msg": "Success", "out_trade_no": "ORDER", "trade_no": "2026011522001",
        "buyer_logon_id": "159****5620", "buyer_pay_amount": "80.00", "receipt_amount": "88.88",
        "total_amount": "88.88", "send_pay_date": "2026-01-15 12:35:10",
        "trade_status": "TRADE_SUCCESS",
        "fund_bill_list": [{ "amount": "80.00", "fund_channel": "ALIPAYACCOUNT" }],
    });
    for (name, value) in changes.as_object().unwrap() {
        node[name] = value.clone();
    }
    node
}

fn paid(paid_at: Timestamp) -> Outcome {
    let amount = crate::tests::yuan("88.88");
    Outcome::Paid(Receipt { amount, channel_trade_no: "2026011522001".into(), paid_at })
}

const PAID_AT: Timestamp = Timestamp(NOW.0 + 14_000);

#[test]
fn the_question() {
    let step = account().build(&operation(), &call()).unwrap();
    let expected = json!({
        "out_trade_no": attempt().to_string(), "query_options": ["fund_bill_list"],
    });
    assert_eq!(biz(&step), expected);
}

#[test]
fn every_status_maps() {
    let check = |changes, expected| assert_eq!(parsed(&trade(changes)), expected);
    check(json!({}), Ok(paid(PAID_AT)));
    check(json!({ "trade_status": "TRADE_FINISHED" }), Ok(paid(PAID_AT)));
    check(json!({ "trade_status": "WAIT_BUYER_PAY" }), Ok(Outcome::Unpaid));
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    check(json!({ "trade_status": "TRADE_PENDING" }), unknown("TRADE_PENDING"));
    check(json!({ "trade_status": "" }), unknown(""));
}

/// Whether nobody paid or all of it went back, there is no money: a cancelled charge is such a
/// trade.
#[test]
fn closed_is_without_money() {
    for (buyer, date) in [("88.88", Some("2026-01-15 12:35:10")), ("0.00", None)] {
        let changes = json!({
            "trade_status": "TRADE_CLOSED", "buyer_pay_amount": buyer, "receipt_amount": buyer,
            "send_pay_date": date,
        });
        assert_eq!(parsed(&trade(changes)), Ok(Outcome::Closed));
    }
}

#[test]
fn receipts_are_exact() {
    // What the seller got is less by coupons; the order's amount is what counts.
    assert_eq!(parsed(&trade(json!({ "receipt_amount": "0.00" }))), Ok(paid(PAID_AT)));
    // Paid is paid, with or without a date.
    assert_eq!(parsed(&trade(json!({ "send_pay_date": null }))), Ok(paid(NOW)));
    for (name, value) in [
        ("total_amount", json!("88.888")),
        ("total_amount", json!("-88.88")),
        ("total_amount", json!(null)),
        ("total_amount", json!(88.88)),
        ("trade_no", json!("")),
        ("trade_no", json!("2".repeat(65))),
        ("trade_no", json!("2026 22001")),
        ("trade_no", json!(null)),
        ("send_pay_date", json!("yesterday")),
        ("trade_status", json!(null)),
    ] {
        let parsed = parsed(&trade(json!({ name: value })));
        assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{name} {value}: {parsed:?}");
    }
}

#[test]
fn failures() {
    let node = json!({ "code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "out_trade_no": "ORDER",
        "receipt_amount": "0.00" });
    assert_eq!(parsed(&node), Ok(Outcome::Absent));
    let node = json!({ "code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "out_trade_no": "T1" });
    assert!(parsed(&node).is_err(), "another order's absence");
    let node = json!({ "code": "40004", "sub_code": "ACQ.SYSTEM_ERROR" });
    assert_eq!(parsed(&node), Ok(Outcome::Unknown { code: "ACQ.SYSTEM_ERROR".into() }));
}
