use paymux_channel::{Channel as _, Operation};
use paymux_core::Timestamp;
use paymux_core::payment::{Method, Refusal};
use serde_json::{Value, json};

use super::*;
use crate::tests::{NOW, account, answer, biz, call, pay, unfit};

fn charge(code: Option<&str>) -> Operation {
    let mut pay = pay(Method::Barcode);
    pay.payer.auth_code = code.map(AuthCode::new);
    Operation::Pay(pay)
}

const CODE: &str = "286589999999999999";
const FACE_CODE: &str = "fp0123456789abcdefghijklmnopqrstuvw";

#[test]
fn a_charge_names_the_payers_code() {
    let scene = |code: &str| {
        let biz = biz(&account().build(&charge(Some(code)), &call()).unwrap());
        assert_eq!(biz["auth_code"], code);
        assert_eq!(biz["product_code"], "FACE_TO_FACE_PAYMENT");
        assert_eq!(biz["total_amount"], "88.88");
        assert_eq!(biz["time_expire"], "2026-01-15 13:04:56");
        biz["scene"].as_str().unwrap().to_owned()
    };
    for code in [CODE, "2512345678901234", "301234567890123456789012"] {
        assert_eq!(scene(code), "bar_code", "{code}");
    }
    assert_eq!(FACE_CODE.len(), 35);
    assert_eq!(scene(FACE_CODE), "security_code");
}

#[test]
fn other_codes_are_refused() {
    let long = "2".repeat(25);
    let wrong = [
        "",
        "251234567890123",
        &long,
        "2412345678901234",
        "3112345678901234",
        "28658999999999999x",
        "28658999999999999９",
        "FP0123456789abcdefghijklmnopqrstuvw",
        &FACE_CODE[..34],
    ];
    for code in wrong {
        assert_eq!(unfit(&charge(Some(code)), &call()), Some("payer.auth_code"), "{code}");
    }
    assert_eq!(unfit(&charge(None), &call()), Some("payer.auth_code"));
}

fn parsed(node: &Value) -> Result<Outcome, ParseError> {
    account().parse(&charge(Some(CODE)), &call(), &answer(Api::Pay, &node.to_string()))
}

fn charged(changes: Value) -> Value {
    let mut node = json!({
        "code": "10000", "msg": "Success", "buyer_logon_id": "159****5620",
        "buyer_pay_amount": "80.00", "gmt_payment": "2026-01-15 12:35:10",
        "out_trade_no": "ORDER", "receipt_amount": "88.88", "total_amount": "88.88",
        "trade_no": "2026011522001",
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

#[test]
fn charged_at_once() {
    assert_eq!(parsed(&charged(json!({}))), Ok(paid(Timestamp(NOW.0 + 14_000))));
    assert_eq!(
        parsed(&charged(json!({ "gmt_payment": null }))),
        Ok(Outcome::Accepted(Action::Confirm))
    );
    for (name, value) in [
        ("total_amount", json!(null)),
        ("total_amount", json!("88.888")),
        ("trade_no", json!("")),
        ("trade_no", json!("2".repeat(65))),
        ("trade_no", json!("2026 22001")),
        ("trade_no", json!(null)),
        ("gmt_payment", json!("soon")),
        ("out_trade_no", json!("T1")),
        ("out_trade_no", json!(null)),
    ] {
        let parsed = parsed(&charged(json!({ name: value })));
        assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{name} {value}: {parsed:?}");
    }
}

/// As captured, with the space before its message.
#[test]
fn the_payer_is_asked_for_a_password() {
    let waiting = json!({
        "code": "10003", "msg": " order success pay inprocess", "buyer_pay_amount": "0.00",
        "out_trade_no": "ORDER", "total_amount": "88.88", "trade_no": "2026011522001",
    });
    assert_eq!(parsed(&waiting), Ok(Outcome::Accepted(Action::Confirm)));
    let others = json!({ "code": "10003", "out_trade_no": "T1" });
    assert!(parsed(&others).is_err());
}

#[test]
fn only_the_table_says_no() {
    let failed = |code: &str, sub_code: &str| {
        parsed(&json!({ "code": code, "sub_code": sub_code, "sub_msg": "why" })).unwrap()
    };
    let refused =
        |code: &str| Outcome::Refused(Refusal { code: code.into(), message: "why".into() });
    let unknown = |code: &str| Outcome::Unknown { code: code.into() };
    for code in ["ACQ.PAYMENT_AUTH_CODE_INVALID", "ACQ.BUYER_BALANCE_NOT_ENOUGH"] {
        assert_eq!(failed("40004", code), refused(code));
    }
    assert_eq!(failed("40002", "isv.invalid-signature"), refused("isv.invalid-signature"));
    for (code, sub_code) in [
        ("20000", "isp.unknow-error"),
        ("20000", "aop.ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.TRADE_HAS_SUCCESS"),
        ("40004", "ACQ.TRADE_HAS_CLOSE"),
        ("40004", "ACQ.NEVER_HEARD_OF"),
        ("40005", "isv.app-call-limited"),
        ("10004", ""),
    ] {
        let named = if sub_code.is_empty() { code } else { sub_code };
        assert_eq!(failed(code, sub_code), unknown(named));
    }
}
