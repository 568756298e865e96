use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{NOW, account, answer, attempt, biz, call, refund, yuan};

fn parsed(node: &str) -> Result<Outcome, ParseError> {
    account().parse(&Operation::QueryRefund(refund()), &call(), &answer(Api::RefundQuery, node))
}

const KNOWN: &str = r#""code":"10000","out_trade_no":"ORDER","out_request_no":"REFUND_NO""#;

#[test]
fn the_question() {
    let step = account().build(&Operation::QueryRefund(refund()), &call()).unwrap();
    let expected = json!({
        "out_trade_no": attempt().to_string(),
        "out_request_no": refund().refund.out_refund_no(),
        "query_options": ["gmt_refund_pay"],
    });
    assert_eq!(biz(&step), expected);
}

#[test]
fn done() {
    let succeeded = |amount: &str, at| {
        let fact = RefundFact::Succeeded { amount: yuan(amount), channel_refund_no: None, at };
        Ok(Outcome::Refund(RefundOutcome::Fact(fact)))
    };
    let node = |amount: &str, rest: &str| {
        parsed(&format!(
            r#"{{{KNOWN},"refund_amount":"{amount}","refund_status":"REFUND_SUCCESS"{rest}}}"#
        ))
    };
    let at = Timestamp(NOW.0 + 1_504_000);
    assert_eq!(node("10.00", r#","gmt_refund_pay":"2026-01-15 13:00:00""#), succeeded("10.00", at));
    assert_eq!(node("10.00", ""), succeeded("10.00", NOW));
    // Reported as it is: the machine notices that it is not what was asked for.
    assert_eq!(node("11.00", ""), succeeded("11.00", NOW));
    assert_eq!(node("10.000", ""), Err(ParseError::Malformed("refund_amount")));
}

#[test]
fn absent() {
    let absent = || Ok(Outcome::Refund(RefundOutcome::Absent));
    assert_eq!(parsed(r#"{"code":"10000","msg":"Success"}"#), absent());
    assert_eq!(parsed(r#"{"code":"10000","msg":"Success","out_trade_no":"ORDER"}"#), absent());
    let echoed = r#"{"code":"10000","out_trade_no":"ORDER","out_request_no":"REFUND_NO"}"#;
    assert_eq!(parsed(echoed), absent());
    assert_eq!(parsed(r#"{"code":"40004","sub_code":"TRADE_NOT_EXIST"}"#), absent());
}

#[test]
fn neither_done_nor_absent() {
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    let old = format!(r#"{{{KNOWN},"refund_amount":"10.00"}}"#);
    assert_eq!(parsed(&old), unknown("refund_status"));
    let odd = format!(r#"{{{KNOWN},"refund_status":"REFUND_PROCESSING"}}"#);
    assert_eq!(parsed(&odd), unknown("REFUND_PROCESSING"));
    let error = r#"{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}"#;
    assert_eq!(parsed(error), unknown("ACQ.SYSTEM_ERROR"));
}

#[test]
fn another_refunds_answer_is_none() {
    let done = r#""refund_amount":"10.00","refund_status":"REFUND_SUCCESS""#;
    for numbers in [
        r#""out_trade_no":"ORDER","out_request_no":"R2""#,
        r#""out_trade_no":"ORDER""#,
        r#""out_trade_no":"T1","out_request_no":"REFUND_NO""#,
    ] {
        let parsed = parsed(&format!(r#"{{"code":"10000",{numbers},{done}}}"#));
        assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{numbers}");
    }
}
