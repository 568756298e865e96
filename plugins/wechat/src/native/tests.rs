use paymux_channel::Operation;
use serde_json::json;

use super::*;
use crate::tests::{
    answer, attempt, built, failure, parse as parsed, partner, pay, sent_by, unknown, unsigned,
};

#[test]
fn an_order() {
    let request = built(&Operation::Pay(pay()));
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/native");
    let expected = format!(
        "{{\"appid\":\"wx0123456789abcdef\",\"mchid\":\"1900000109\",\
         \"description\":\"Image形象店-深圳腾大-QQ公仔\",\"out_trade_no\":\"{}\",\
         \"time_expire\":\"2025-01-01T08:30:00+08:00\",\
         \"notify_url\":\"https://pay.example.com/notify/wechat\",\
         \"amount\":{{\"total\":8888,\"currency\":\"CNY\"}}}}",
        attempt()
    );
    assert_eq!(request.body(), &expected);
}

#[test]
fn an_order_of_a_sub_merchants() {
    let request = sent_by(&partner(), &Operation::Pay(pay()));
    let uri = "https://api.mch.weixin.qq.com/v3/pay/partner/transactions/native";
    assert_eq!(request.uri(), uri);
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["sp_appid"], "wx8888888888888888");
    assert_eq!(body["sp_mchid"], "1900007291");
    assert_eq!(body["sub_appid"], "wxd678efh567hg6787");
    assert_eq!(body["sub_mchid"], "1900000109");
    assert_eq!(body.get("mchid"), None);
}

#[test]
fn codes_to_scan() {
    let operation = Operation::Pay(pay());
    let said = |code: &str| parsed(&operation, &answer(&json!({ "code_url": code }).to_string()));
    for code in ["weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00", "http://127.0.0.1:9100/w/1"] {
        assert_eq!(said(code), Ok(Outcome::Accepted(Action::QrCode(code.into()))));
    }
    for code in ["", "a b", "a\n", "二维码", &"x".repeat(513)] {
        assert_eq!(said(code), Err(ParseError::Malformed("its code cannot be shown")));
    }
    for body in
        [r#"{"prepay_id":"1"}"#, r#"{"code_url":null}"#, r#"{"code_url":"a","code_url":"b"}"#]
    {
        assert!(parsed(&operation, &answer(body)).is_err(), "{body}");
    }
}

#[test]
fn refusals() {
    let said = |status, code| parsed(&Operation::Pay(pay()), &unsigned(status, failure(code)));
    assert!(matches!(said(400, "PARAM_ERROR"), Ok(Outcome::Refused(_))));
    assert!(matches!(said(401, "SIGN_ERROR"), Ok(Outcome::Refused(_))));
    assert_eq!(said(500, "SYSTEM_ERROR"), Ok(unknown("SYSTEM_ERROR")));
    assert_eq!(said(429, "FREQUENCY_LIMITED"), Ok(unknown("FREQUENCY_LIMITED")));
    let nothing = crate::tests::GENUINE.answer(204, "");
    assert_eq!(parsed(&Operation::Pay(pay()), &nothing), Err(UNEXPECTED));
}
