use paymux_channel::Operation;
use paymux_core::payment::Payer;
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    NOW, answer, attempt, built, call, failure, fen as cny, parse as parsed, pay, unfit, unknown,
    unsigned,
};

fn pay_from(ip: &str) -> Pay {
    let payer = Payer { client_ip: Some(ip.into()), ..Payer::default() };
    Pay { payer, ..pay() }
}

fn body(pay: Pay) -> Value {
    serde_json::from_slice(built(&Operation::Pay(pay)).body()).unwrap()
}

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
fn the_payers_address() {
    for ip in ["203.0.113.7", "2001:db8::1"] {
        let body = body(pay_from(ip));
        assert_eq!(body["scene_info"], json!({ "payer_client_ip": ip }));
    }
    for ip in ["", "localhost", "203.0.113.7:80"] {
        let pay = pay_from(ip);
        assert_eq!(unfit(&Operation::Pay(pay), &call()), Some("client IP"));
    }
}

#[test]
fn what_does_not_fit() {
    let check = |pay: Pay, why| assert_eq!(unfit(&Operation::Pay(pay), &call()), why);
    let subject = |text: &str| Pay { subject: text.into(), ..pay() };
    check(subject(&"验".repeat(127)), None);
    check(subject(&"验".repeat(128)), Some("subject"));
    for text in ["", "  ", "a\nb", "a\u{7f}", "a\u{85}", "gift 🎁"] {
        check(subject(text), Some("subject"));
    }
    let amount = |amount| Pay { amount, ..pay() };
    check(amount(cny(1)), None);
    check(amount(cny(0)), Some("amount"));
    check(amount(Money::new(100, Currency::Hkd).unwrap()), Some("currency"));
    let life = |milliseconds: i64| Pay { expires_at: Timestamp(NOW.0 + milliseconds), ..pay() };
    check(life(60_000), None);
    check(life(60_999), None);
    check(life(59_999), Some("expiry"));
    check(life(0), Some("expiry"));
    check(life(-1), Some("expiry"));
    check(life(7 * 24 * 3_600_000), None);
    check(life(7 * 24 * 3_600_000 + 1000), Some("expiry"));
    check(Pay { expires_at: Timestamp(i64::MAX), ..pay() }, Some("expiry"));
}

/// What is sent must leave them a whole minute, too.
#[test]
fn life_is_counted_to_the_second_that_is_sent() {
    let late = Call { now: Timestamp(NOW.0 + 500), ..call() };
    let until = |milliseconds: i64| {
        let expires_at = Timestamp(NOW.0 + milliseconds);
        unfit(&Operation::Pay(Pay { expires_at, ..pay() }), &late)
    };
    assert_eq!(until(60_600), Some("expiry"));
    assert_eq!(until(61_000), None);
}

/// What they wait for must not outlive what we wait for.
#[test]
fn expiry_is_rounded_down() {
    let body = body(Pay { expires_at: Timestamp(NOW.0 + 90_999), ..pay() });
    assert_eq!(body["time_expire"], "2025-01-01T08:01:30+08:00");
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
