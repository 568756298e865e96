use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::Method;
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, answer, attempt, body_of, call, changed, failure, fen, full, limit_by, ours, partner,
    pay_by, sent_by, unknown as unsure, unsigned,
};

const PAID: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER",
    "transaction_id":"4200000001202501010000000011","trade_type":"MICROPAY","bank_type":"CMC",
    "trade_state":"SUCCESS","success_time":"2025-01-01T07:59:57+08:00",
    "amount":{"total":8888,"payer_total":8888,"currency":"CNY","payer_currency":"CNY"}}"#;

fn operation() -> Operation {
    Operation::Pay(pay_by(Method::Barcode))
}

fn said(changes: Value) -> Result<Outcome, ParseError> {
    full().parse(&operation(), &call(), &answer(&changed(PAID, changes)))
}

/// No time of expiry and no address for notifications: the documents have neither.
#[test]
fn a_charge() {
    let request = sent_by(&full(), &operation());
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/codepay");
    let expected = json!({
        "appid": "wx0123456789abcdef",
        "mchid": "1900000109",
        "description": "Image形象店-深圳腾大-QQ公仔",
        "out_trade_no": attempt().to_string(),
        "payer": { "auth_code": "130061098828009406" },
        "amount": { "total": 8888, "currency": "CNY" },
        "scene_info": { "device_ip": "203.0.113.7", "store_info": { "out_id": "A1111" } },
    });
    assert_eq!(body_of(&request), expected);
    let partner = sent_by(&partner(), &operation());
    assert!(partner.uri().path().starts_with("/v3/pay/partner/transactions/codepay"));
}

#[test]
fn codes_of_this_wallet() {
    let check = |code: &str, fits: bool| {
        let mut pay = pay_by(Method::Barcode);
        pay.payer.auth_code = Some(AuthCode::new(code));
        let expected = if fits { None } else { Some("payer.auth_code") };
        assert_eq!(limit_by(&full(), &Operation::Pay(pay), &call()), expected, "{code}");
    };
    for prefix in 10..=15 {
        check(&format!("{prefix}0061098828009406"), true);
    }
    for code in [
        "090061098828009406",
        "160061098828009406",
        "280061098828009406",
        "13006109882800940",
        "1300610988280094060",
        "13006109882800940x",
        "",
        "一三〇〇六一",
    ] {
        check(code, false);
    }
}

#[test]
fn only_success_is_money() {
    let Ok(Outcome::Paid(receipt)) = said(json!({})) else { panic!() };
    assert_eq!(receipt.amount, fen(8888));
    assert_eq!(
        said(json!({ "trade_state": "USERPAYING" })),
        Ok(Outcome::Accepted(Action::Confirm))
    );
    for state in ["REFUND", "NOTPAY", "CLOSED", "REVOKED", "PAYERROR", "ACCEPT", "NEW"] {
        assert_eq!(said(json!({ "trade_state": state })), Ok(unsure(state)), "{state}");
    }
    for (field, value) in [
        ("out_trade_no", json!("20250101000000011")),
        ("mchid", json!("1900000110")),
        ("appid", json!("wx1")),
        ("amount", json!(null)),
        ("transaction_id", json!(null)),
        ("trade_state", json!(null)),
    ] {
        assert!(said(json!({ field: value.clone() })).is_err(), "{field} {value}");
    }
    assert!(said(json!({ "appid": null })).is_ok(), "it is optional in the documents");
}

#[test]
fn an_order_that_is_still_to_be_confirmed_is_no_failure() {
    let operation = operation();
    let typing = changed(PAID, json!({ "trade_state": "USERPAYING", "transaction_id": null }));
    let parse = |response| full().parse(&operation, &call(), &response);
    let said = parse(GENUINE.answer(202, ours(&typing)));
    assert_eq!(said, Ok(Outcome::Accepted(Action::Confirm)));
    assert!(parse(unsigned(202, ours(&typing))).is_err(), "on nobody's word");
    let other = changed(&typing, json!({ "out_trade_no": "20250101000000011" }));
    assert!(parse(GENUINE.answer(202, other)).is_err(), "another order");
    assert!(parse(GENUINE.answer(202, "<html>")).is_err());
}

/// Unsigned words end no charge: the money may be on its way.
#[test]
fn definite_failures_are_signed() {
    let operation = operation();
    let parse = |response| full().parse(&operation, &call(), &response);
    let expired = failure("AUTH_CODE_EXPIRE");
    assert!(matches!(parse(GENUINE.answer(403, expired.clone())), Ok(Outcome::Refused(_))));
    assert_eq!(parse(unsigned(403, expired)), Ok(unsure("AUTH_CODE_EXPIRE")));
    let typing = parse(GENUINE.answer(202, failure("USER_PAYING")));
    assert_eq!(typing, Ok(Outcome::Accepted(Action::Confirm)));
    assert!(parse(unsigned(202, failure("USER_PAYING"))).is_err());
    for (status, code) in
        [(500, "SYSTEM_ERROR"), (500, "BANK_ERROR"), (403, "TRADE_ERROR"), (400, "PARAM_ERROR")]
    {
        assert_eq!(parse(GENUINE.answer(status, failure(code))), Ok(unsure(code)));
    }
    assert_eq!(parse(GENUINE.answer(204, "")), Err(UNEXPECTED));
    assert!(parse(unsigned(200, ours(PAID))).is_err());
}

#[test]
fn the_code_is_not_shown() {
    let operation = operation();
    assert!(!format!("{operation:?}").contains("130061098828009406"));
}
