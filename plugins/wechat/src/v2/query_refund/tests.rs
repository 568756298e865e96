use paymux_channel::Operation;
use paymux_core::Timestamp;

use super::*;
use crate::tests::{NOW, attempt, fen, refund, unknown};
use crate::v2::tests::{account, asked, pairs, parse, parse_failure};

fn operation() -> Operation {
    Operation::QueryRefund(refund())
}

/// The second of two; the first is somebody else's.
fn status(word: &str, more: &[(&str, &str)]) -> Result<Outcome, ParseError> {
    let (order, number) = (attempt().to_string(), refund().refund.out_refund_no());
    let mut said = vec![
        ("out_trade_no", &*order),
        ("refund_count", "2"),
        ("out_refund_no_0", "R1"),
        ("refund_status_0", "SUCCESS"),
        ("refund_fee_0", "7"),
        ("out_refund_no_1", &*number),
        ("refund_status_1", word),
        ("refund_fee_1", "1000"),
        ("settlement_refund_fee_1", "900"),
        ("refund_id_1", "5000"),
    ];
    said.extend(more);
    parse(&operation(), &said)
}

fn fact(word: &str) -> RefundFact {
    let Ok(Outcome::Refund(RefundOutcome::Fact(fact))) = status(word, &[]) else {
        panic!("{word}")
    };
    fact
}

#[test]
fn the_question() {
    let number = refund().refund.out_refund_no();
    let expect = pairs(&[
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("out_refund_no", &number),
    ]);
    assert_eq!(asked(&account(), &operation(), "/pay/refundquery"), expect);
}

#[test]
fn every_status() {
    let succeeded = |at| RefundFact::Succeeded {
        amount: fen(1000),
        channel_refund_no: Some("5000".into()),
        at,
    };
    assert_eq!(fact("SUCCESS"), succeeded(NOW));
    let at = status("SUCCESS", &[("refund_success_time_1", "2025-01-01 08:05:00")]);
    let expect = succeeded(Timestamp(NOW.0 + 300_000));
    assert_eq!(at, Ok(Outcome::Refund(RefundOutcome::Fact(expect))));
    let accepted = RefundFact::Accepted { channel_refund_no: Some("5000".into()) };
    assert_eq!(fact("PROCESSING"), accepted);
    assert_eq!(fact("REFUNDCLOSE").name(), "refund.closed");
    assert_eq!(fact("CHANGE").name(), "refund.abnormal");
    assert_eq!(status("SOMETHING", &[]), Ok(unknown("SOMETHING")));
    assert!(status("", &[]).is_err());
    assert!(status("SUCCESS", &[("refund_fee_1", "")]).is_err());
    assert!(status("SUCCESS", &[("refund_success_time_1", "tomorrow")]).is_err());
}

#[test]
fn another_refund_is_no_answer() {
    let lost = [("out_refund_no_1", "R2")];
    assert_eq!(status("SUCCESS", &lost), Err(ParseError::Malformed("out_refund_no_$n")));
    let order = [("out_trade_no", "1")];
    assert_eq!(status("SUCCESS", &order), Err(ParseError::Malformed("out_trade_no")));
    let absent = Outcome::Refund(RefundOutcome::Absent);
    assert_eq!(parse_failure(&operation(), "REFUNDNOTEXIST"), absent);
    assert_eq!(parse_failure(&operation(), "ORDERNOTEXIST"), unknown("ORDERNOTEXIST"));
}
