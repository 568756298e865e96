use paymux_channel::Operation;
use paymux_core::Timestamp;
use paymux_core::payment::Receipt;
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, NOW, answer, built, changed, failure, fen, parse as parsed, unknown, unsigned,
};

const PAID: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER",
    "transaction_id":"4200000001202501010000000011","trade_type":"NATIVE","trade_state":"SUCCESS",
    "trade_state_desc":"支付成功","bank_type":"CMC","success_time":"2025-01-01T07:59:57+08:00",
    "payer":{"openid":"oUpF8uMuAJO_M29aw263DmM3J6Lc"},
    "amount":{"total":8888,"payer_total":8000,"currency":"CNY","payer_currency":"CNY"}}"#;
const UNPAID: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER",
    "trade_state":"NOTPAY","trade_state_desc":"订单未支付","promotion_detail":[]}"#;

fn operation() -> Operation {
    Operation::Query { attempt: crate::tests::attempt() }
}

fn said(base: &str, changes: Value) -> Result<Outcome, ParseError> {
    parsed(&operation(), &answer(&changed(base, changes)))
}

fn receipt() -> Receipt {
    Receipt {
        amount: fen(8888),
        channel_trade_no: "4200000001202501010000000011".into(),
        paid_at: Timestamp(NOW.0 - 3000),
    }
}

#[test]
fn a_question() {
    let request = built(&operation());
    assert_eq!(request.method(), http::Method::GET);
    let order = crate::tests::attempt();
    let target = format!("/v3/pay/transactions/out-trade-no/{order}?mchid=1900000109");
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), target);
}

#[test]
fn every_state() {
    for (state, expect) in
        [("SUCCESS", Outcome::Paid(receipt())), ("REFUND", Outcome::GivenBack(receipt()))]
    {
        let outcome = said(PAID, json!({ "trade_state": state }));
        assert_eq!(outcome, Ok(expect), "{state}");
        // Paid, but not for how much: nothing to go by.
        assert!(said(UNPAID, json!({ "trade_state": state })).is_err());
    }
    for base in [PAID, UNPAID] {
        for (state, outcome) in [
            ("NOTPAY", Outcome::Unpaid),
            ("USERPAYING", Outcome::Unpaid),
            ("PAYERROR", Outcome::PayFailed),
            ("ACCEPT", Outcome::Unpaid),
            ("CLOSED", Outcome::Closed),
            ("REVOKED", Outcome::Closed),
            ("SOMETHING_NEW", unknown("SOMETHING_NEW")),
            ("success", unknown("success")),
            ("支付成功", unknown("")),
        ] {
            assert_eq!(said(base, json!({ "trade_state": state })), Ok(outcome), "{state}");
        }
    }
    let none = said(PAID, json!({ "trade_state": null }));
    assert_eq!(none, Err(ParseError::Malformed("trade_state")));
}

#[test]
fn another_orders_answer_is_refused() {
    for (field, value) in [
        ("out_trade_no", json!("20250101000000011")),
        ("out_trade_no", json!(null)),
        ("mchid", json!("1900000110")),
        ("mchid", json!(null)),
        ("appid", json!("wx8888888888888888")),
    ] {
        for base in [PAID, UNPAID] {
            assert!(said(base, json!({ field: value.clone() })).is_err(), "{field} {value}");
        }
    }
}

/// As answers about charges at a till may; the merchant is named all the same.
#[test]
fn an_answer_may_name_no_application() {
    assert_eq!(said(PAID, json!({ "appid": null })), Ok(Outcome::Paid(receipt())));
    assert_eq!(
        said(UNPAID, json!({ "appid": null, "trade_state": "NOTPAY" })),
        Ok(Outcome::Unpaid)
    );
}

/// Its amount is for the payment to judge; here it is only never made up.
#[test]
fn amounts_as_reported() {
    let Ok(Outcome::Paid(receipt)) =
        said(PAID, json!({ "amount": { "total": 1, "currency": "USD" } }))
    else {
        panic!()
    };
    assert_eq!(receipt.amount.to_string(), "0.01 USD");
    let domestic = said(PAID, json!({ "amount": { "total": 8888 } }));
    assert!(matches!(domestic, Ok(Outcome::Paid(it)) if it.amount.to_string() == "88.88 CNY"));
    for amount in [json!(null), json!({ "currency": "CNY" }), json!({ "total": 1, "currency": "" })]
    {
        let outcome = said(PAID, json!({ "amount": amount }));
        assert_eq!(outcome, Err(ParseError::Malformed("amount")));
    }
}

#[test]
fn failures() {
    for response in
        [unsigned(404, failure("ORDER_NOT_EXIST")), GENUINE.answer(404, failure("ORDER_NOT_EXIST"))]
    {
        assert_eq!(parsed(&operation(), &response), Ok(Outcome::Absent));
    }
    let said = |status, code| parsed(&operation(), &unsigned(status, failure(code)));
    for (status, code) in [
        (404, "RESOURCE_NOT_EXISTS"),
        (400, "PARAM_ERROR"),
        (401, "SIGN_ERROR"),
        (500, "SYSTEM_ERROR"),
    ] {
        assert_eq!(said(status, code), Ok(unknown(code)));
    }
    assert_eq!(parsed(&operation(), &GENUINE.answer(204, "")), Err(UNEXPECTED));
}
