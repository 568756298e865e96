use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{account, answer, attempt, biz, call};

#[test]
fn the_request() {
    let step = account().build(&Operation::Close { attempt: attempt() }, &call()).unwrap();
    assert_eq!(biz(&step), json!({ "out_trade_no": attempt().to_string() }));
}

#[test]
fn every_answer_maps() {
    let check = |node: &str, expected: Outcome| {
        let operation = Operation::Close { attempt: attempt() };
        let parsed = account().parse(&operation, &call(), &answer(Api::Close, node));
        assert_eq!(parsed, Ok(expected), "{node}");
    };
    check(r#"{"code":"10000","out_trade_no":"ORDER","trade_no":"1"}"#, Outcome::Closed);
    let failed = |sub_code: &str, expected| {
        check(&format!(r#"{{"code":"40004","sub_code":"{sub_code}"}}"#), expected);
    };
    failed("ACQ.TRADE_STATUS_ERROR", Outcome::AlreadyPaid);
    failed("ACQ.REASON_TRADE_STATUS_INVALID", Outcome::AlreadyPaid);
    failed("ACQ.REASON_ILLEGAL_STATUS", Outcome::AlreadyPaid);
    failed("ACQ.TRADE_NOT_EXIST", Outcome::Absent);
    for code in ["ACQ.SYSTEM_ERROR", "ACQ.INVALID_PARAMETER", "ACQ.TRADE_HAS_CLOSE"] {
        failed(code, Outcome::Unknown { code: code.into() });
    }
}
