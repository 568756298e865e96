use paymux_channel::{Channel as _, Operation};
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, Voice, answer, attempt, body_of, call, changed, failure, full, partner, sent_by,
    unknown, unsigned,
};

const DONE: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER"}"#;

fn operation() -> Operation {
    Operation::Reverse { attempt: attempt() }
}

fn said(changes: Value) -> Result<Outcome, ParseError> {
    full().parse(&operation(), &call(), &answer(&changed(DONE, changes)))
}

#[test]
fn a_reversal() {
    let request = sent_by(&full(), &operation());
    let path = format!("/v3/pay/transactions/out-trade-no/{}/reverse", attempt());
    assert_eq!(request.uri().path(), path);
    let expected = json!({ "appid": "wx0123456789abcdef", "mchid": "1900000109" });
    assert_eq!(body_of(&request), expected);
    let expected = json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1900007291",
        "sub_appid": "wxd678efh567hg6787", "sub_mchid": "1900000109",
    });
    assert_eq!(body_of(&sent_by(&partner(), &operation())), expected);
}

/// Whoever hears "closed" lets the payer go without the goods, or charges again.
#[test]
fn only_a_signed_word_about_this_order_ends_it() {
    assert_eq!(said(json!({})), Ok(Outcome::Closed));
    assert_eq!(said(json!({ "appid": null })), Ok(Outcome::Closed));
    for (field, value) in [
        ("out_trade_no", json!("20250101000000011")),
        ("out_trade_no", json!(null)),
        ("mchid", json!("1900000110")),
        ("mchid", json!(null)),
        ("appid", json!("wx1")),
    ] {
        assert!(said(json!({ field: value.clone() })).is_err(), "{field} {value}");
    }
    let parse = |response| full().parse(&operation(), &call(), &response);
    let text = crate::tests::ours(DONE);
    assert!(parse(unsigned(200, text.clone())).is_err());
    assert!(parse(Voice { key: "stranger.key", ..GENUINE }.answer(200, text)).is_err());
    assert_eq!(parse(GENUINE.answer(204, "")), Err(UNEXPECTED));
}

#[test]
fn failures() {
    let parse = |response| full().parse(&operation(), &call(), &response);
    let signed = |status, code| parse(GENUINE.answer(status, failure(code)));
    assert_eq!(signed(400, "ORDER_REVERSED"), Ok(Outcome::Closed));
    assert_eq!(signed(400, "ORDER_CLOSED"), Ok(Outcome::Closed));
    assert_eq!(parse(unsigned(400, failure("ORDER_CLOSED"))), Ok(unknown("ORDER_CLOSED")));
    assert_eq!(signed(404, "ORDER_NOT_EXIST"), Ok(Outcome::Absent));
    assert_eq!(signed(400, "REVERSE_EXPIRE"), Ok(Outcome::AlreadyPaid));
    let unproven = parse(unsigned(400, failure("REVERSE_EXPIRE")));
    assert_eq!(unproven, Ok(unknown("REVERSE_EXPIRE")));
    for (status, code) in
        [(500, "SYSTEM_ERROR"), (202, "USER_PAYING"), (403, "TRADE_ERROR"), (400, "ORDER_PAID")]
    {
        assert_eq!(signed(status, code), Ok(unknown(code)));
    }
}
