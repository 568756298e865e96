use paymux_channel::{Operation, RefundOutcome};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;
use paymux_core::{Currency, Money, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, NOW, answer, attempt, built, call, changed, failure, fen as cny, limit,
    parse as parsed, refund, unknown, unsigned,
};

pub(crate) const DONE: &str = r#"{"refund_id":"50300000012025010100000000001",
    "out_refund_no":"REFUND_NO","transaction_id":"4200000001202501010000000011",
    "out_trade_no":"ORDER","channel":"ORIGINAL","user_received_account":"支付用户零钱",
    "success_time":"2025-01-01T07:59:57+08:00","create_time":"2025-01-01T07:59:50+08:00",
    "status":"SUCCESS","funds_account":"AVAILABLE",
    "amount":{"total":8888,"refund":1000,"payer_total":8888,"payer_refund":900,"currency":"CNY"}}"#;

fn both() -> [Operation; 2] {
    [Operation::Refund(refund()), Operation::QueryRefund(refund())]
}

fn said(changes: Value) -> Result<Outcome, ParseError> {
    let response = answer(&changed(DONE, changes));
    let [asked, queried] = both().map(|operation| parsed(&operation, &response));
    assert_eq!(asked, queried);
    asked
}

fn fact(fact: RefundFact) -> Outcome {
    Outcome::Refund(RefundOutcome::Fact(fact))
}

#[test]
fn a_refund() {
    let request = built(&Operation::Refund(refund()));
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), "/v3/refund/domestic/refunds");
    let expected = format!(
        "{{\"out_trade_no\":\"{}\",\"out_refund_no\":\"{}\",\
         \"notify_url\":\"https://pay.example.com/notify/wechat\",\
         \"amount\":{{\"refund\":1000,\"total\":8888,\"currency\":\"CNY\"}}}}",
        attempt(),
        refund().refund.out_refund_no()
    );
    assert_eq!(request.body(), &expected);
}

/// A reason is cut, never a cause to keep the money.
#[test]
fn reasons() {
    let check = |reason: &str, sent: Option<&str>| {
        let operation = Operation::Refund(RefundCall { reason: Some(reason.into()), ..refund() });
        let body: Value = serde_json::from_slice(built(&operation).body()).unwrap();
        assert_eq!(body.get("reason").and_then(Value::as_str), sent);
    };
    check("商品已售完", Some("商品已售完"));
    check(&"验".repeat(81), Some(&"验".repeat(80)));
    check("a\nb🎁c ", Some("abc"));
    check("", None);
    check(" \n🎁", None);
}

#[test]
fn what_does_not_fit() {
    let check = |amount, paid, why| {
        let operation = Operation::Refund(RefundCall { amount, paid, ..refund() });
        assert_eq!(limit(&operation, &call()), why);
    };
    let hkd = Money::new(1, Currency::Hkd).unwrap();
    check(cny(8888), cny(8888), None);
    check(cny(8889), cny(8888), Some("amount"));
    check(cny(0), cny(8888), Some("amount"));
    check(hkd, cny(8888), Some("amount"));
    check(hkd, hkd, Some("amount"));
}

#[test]
fn every_status() {
    let id = Some("50300000012025010100000000001".to_owned());
    let succeeded =
        |at| RefundFact::Succeeded { amount: cny(1000), channel_refund_no: id.clone(), at };
    assert_eq!(said(json!({})), Ok(fact(succeeded(Timestamp(NOW.0 - 3000)))));
    assert_eq!(said(json!({ "success_time": null })), Ok(fact(succeeded(NOW))));
    let processing = json!({ "status": "PROCESSING", "success_time": null });
    assert_eq!(said(processing), Ok(fact(RefundFact::Accepted { channel_refund_no: id.clone() })));
    let refusal = |outcome| match outcome {
        Ok(Outcome::Refund(RefundOutcome::Fact(RefundFact::Closed(it)))) => ("closed", it.code),
        Ok(Outcome::Refund(RefundOutcome::Fact(RefundFact::Abnormal(it)))) => ("abnormal", it.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(said(json!({ "status": "CLOSED" }))), ("closed", "CLOSED".into()));
    assert_eq!(refusal(said(json!({ "status": "ABNORMAL" }))), ("abnormal", "ABNORMAL".into()));
    for word in ["CHANGE", "success", "REFUNDCLOSE"] {
        assert_eq!(said(json!({ "status": word })), Ok(unknown(word)));
    }
    assert_eq!(said(json!({ "status": null })), Err(ParseError::Malformed("status")));
}

#[test]
fn success_says_how_much() {
    for amount in
        [json!(null), json!({ "refund": 1000 }), json!({ "total": 1000, "currency": "CNY" })]
    {
        let outcome = said(json!({ "amount": amount }));
        assert_eq!(outcome, Err(ParseError::Malformed("amount")));
    }
    let time = said(json!({ "success_time": "soon" }));
    assert_eq!(time, Err(ParseError::Malformed("success_time")));
}

#[test]
fn another_refunds_answer_is_refused() {
    for field in ["out_refund_no", "out_trade_no"] {
        for value in [json!("R20250101000000011-1"), json!(null)] {
            assert!(said(json!({ field: value })).is_err(), "{field}");
        }
    }
}

#[test]
fn failures() {
    let operation = Operation::Refund(refund());
    let signed = |status, code| parsed(&operation, &GENUINE.answer(status, failure(code)));
    let refused = Refusal { code: "USER_ACCOUNT_ABNORMAL".into(), message: "why".into() };
    assert_eq!(signed(403, "USER_ACCOUNT_ABNORMAL"), Ok(fact(RefundFact::Refused(refused))));
    let unsigned = parsed(&operation, &unsigned(403, failure("USER_ACCOUNT_ABNORMAL")));
    assert_eq!(unsigned, Ok(unknown("USER_ACCOUNT_ABNORMAL")));
    for (status, code) in [
        (403, "NOT_ENOUGH"),
        (429, "FREQUENCY_LIMITED"),
        (500, "SYSTEM_ERROR"),
        (400, "INVALID_REQUEST"),
        (404, "RESOURCE_NOT_EXISTS"),
    ] {
        assert_eq!(signed(status, code), Ok(unknown(code)));
    }
    assert_eq!(parsed(&operation, &GENUINE.answer(204, "")), Err(UNEXPECTED));
}
