use paymux_channel::{Channel as _, Operation};

use super::*;
use crate::tests::{GENUINE, OPEN, body_of, call, failure, full, pay_by, sent_by, unsigned};

#[test]
fn an_order_is_the_open_platforms_applications() {
    let request = sent_by(&full(), &Operation::Pay(pay_by(Method::App)));
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/app");
    let body = body_of(&request);
    assert_eq!(body["appid"], OPEN);
    assert_eq!(body.get("payer"), None);
    assert_eq!(body["scene_info"], serde_json::json!({ "payer_client_ip": "203.0.113.7" }));
}

#[test]
fn refusals() {
    let operation = Operation::Pay(pay_by(Method::App));
    let said = full().parse(&operation, &call(), &unsigned(403, failure("NO_AUTH")));
    assert!(matches!(said, Ok(Outcome::Refused(_))));
    let nothing = full().parse(&operation, &call(), &GENUINE.answer(204, ""));
    assert_eq!(nothing, Err(UNEXPECTED));
}
