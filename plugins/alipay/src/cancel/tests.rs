use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{account, answer, attempt, biz, call};

fn operation() -> Operation {
    Operation::Reverse { attempt: attempt() }
}

fn parsed(rest: &str) -> Outcome {
    let node = format!(r#"{{"code":"10000","out_trade_no":"ORDER"{rest}}}"#);
    account().parse(&operation(), &call(), &answer(Api::Cancel, &node)).unwrap()
}

#[test]
fn the_request() {
    let step = account().build(&operation(), &call()).unwrap();
    assert_eq!(biz(&step), json!({ "out_trade_no": attempt().to_string() }));
}

/// Never closed on anything indefinite.
#[test]
fn every_answer_maps() {
    let unknown = |code: &str| Outcome::Unknown { code: code.into() };
    assert_eq!(parsed(r#","retry_flag":"N","action":"close""#), Outcome::Closed);
    assert_eq!(parsed(r#","retry_flag":"N","action":"refund""#), Outcome::Closed);
    // As captured where no trade was found.
    assert_eq!(parsed(r#","retry_flag":"N""#), Outcome::Absent);
    assert_eq!(parsed(r#","retry_flag":"N","action":"freeze""#), unknown("action"));
    for action in ["", r#","action":"close""#, r#","action":"refund""#] {
        let retry = format!(r#","retry_flag":"Y"{action}"#);
        assert_eq!(parsed(&retry), unknown("retry_flag.Y"));
        assert_eq!(parsed(action), unknown("retry_flag"));
        let odd = format!(r#","retry_flag":"n"{action}"#);
        assert_eq!(parsed(&odd), unknown("retry_flag"));
    }
}

#[test]
fn failures_undo_nothing() {
    let failed = |code: &str, sub_code: &str| {
        let node = format!(r#"{{"code":"{code}","sub_code":"{sub_code}"}}"#);
        account().parse(&operation(), &call(), &answer(Api::Cancel, &node)).unwrap()
    };
    assert_eq!(failed("40004", "ACQ.TRADE_NOT_EXIST"), Outcome::Absent);
    for sub_code in ["TRADE_HAS_FINISHED", "TRADE_CANCEL_TIME_OUT", "CANCEL_NOT_ALLOWED"] {
        assert_eq!(failed("40004", &format!("ACQ.{sub_code}")), Outcome::AlreadyPaid);
    }
    for (code, sub_code) in [
        ("40004", "AQC.SYSTEM_ERROR"),
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
        ("40002", "isv.invalid-signature"),
        ("20000", "isp.unknow-error"),
    ] {
        assert_eq!(failed(code, sub_code), Outcome::Unknown { code: sub_code.into() });
    }
}

#[test]
fn another_orders_answer_is_none() {
    let node = r#"{"code":"10000","out_trade_no":"T1","retry_flag":"N","action":"close"}"#;
    assert!(account().parse(&operation(), &call(), &answer(Api::Cancel, node)).is_err());
}
