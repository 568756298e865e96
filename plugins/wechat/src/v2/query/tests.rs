use paymux_channel::Operation;

use super::*;
use crate::tests::{NOW, attempt, fen, unknown};
use crate::v2::tests::{account, asked, pairs, parse, parse_failure};

fn query() -> Operation {
    Operation::Query { attempt: attempt() }
}

fn state(word: &str) -> Result<Outcome, ParseError> {
    let order = attempt().to_string();
    parse(
        &query(),
        &[
            ("out_trade_no", &order),
            ("trade_state", word),
            ("transaction_id", "42"),
            ("total_fee", "8888"),
            ("settlement_total_fee", "8000"),
        ],
    )
}

#[test]
fn queries_closes_and_reversals_name_the_order() {
    let order = attempt().to_string();
    let expect = pairs(&[
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("out_trade_no", &order),
    ]);
    for (operation, path) in [
        (query(), "/pay/orderquery"),
        (Operation::Close { attempt: attempt() }, "/pay/closeorder"),
        (Operation::Reverse { attempt: attempt() }, "/secapi/pay/reverse"),
    ] {
        assert_eq!(asked(&account(), &operation, path), expect);
    }
}

#[test]
fn every_state() {
    for word in ["SUCCESS", "REFUND"] {
        let receipt = match (word, state(word)) {
            ("SUCCESS", Ok(Outcome::Paid(receipt)))
            | ("REFUND", Ok(Outcome::GivenBack(receipt))) => receipt,
            other => panic!("{other:?}"),
        };
        // Without a time it was not later than this; coupons do not make an order cheaper.
        assert_eq!((receipt.amount, receipt.paid_at), (fen(8888), NOW));
    }
    for word in ["NOTPAY", "USERPAYING", "ACCEPT"] {
        assert_eq!(state(word), Ok(Outcome::Unpaid), "{word}");
    }
    assert_eq!(state("PAYERROR"), Ok(Outcome::PayFailed));
    for word in ["CLOSED", "REVOKED"] {
        assert_eq!(state(word), Ok(Outcome::Closed), "{word}");
    }
    assert_eq!(state("SOMETHING"), Ok(unknown("SOMETHING")));
    assert_eq!(state(""), Err(ParseError::Malformed("trade_state")));
    assert_eq!(parse_failure(&query(), "ORDERNOTEXIST"), Outcome::Absent);
    assert_eq!(parse_failure(&query(), "SYSTEMERROR"), unknown("SYSTEMERROR"));
}

#[test]
fn the_end_of_an_order_takes_the_channels_word() {
    let close = Operation::Close { attempt: attempt() };
    assert_eq!(parse(&close, &[("result_msg", "OK")]), Ok(Outcome::Closed));
    assert_eq!(parse_failure(&close, "ORDERCLOSED"), Outcome::Closed);
    assert_eq!(parse_failure(&close, "ORDERPAID"), Outcome::AlreadyPaid);
    assert_eq!(parse_failure(&close, "ORDERNOTEXIST"), Outcome::Absent);
    // Too young to be closed, in whatever words.
    assert_eq!(parse_failure(&close, "TRADE_STATE_ERROR"), Outcome::AlreadyPaid);
    for code in ["SYSTEMERROR", "TRADE_ERROR", "INVALID_REQUEST", "FREQUENCY_LIMITED", "NEW"] {
        assert_eq!(parse_failure(&close, code), unknown(code));
    }
}

#[test]
fn a_reversal_is_over_when_nothing_is_left_to_call() {
    let reverse = Operation::Reverse { attempt: attempt() };
    // It names no order, so a question must follow.
    assert_eq!(parse(&reverse, &[("recall", "N")]), Ok(Outcome::Undone));
    for recall in ["Y", "", "n", "MAYBE"] {
        assert_eq!(parse(&reverse, &[("recall", recall)]), Ok(unknown("RECALL")), "{recall}");
    }
    for code in ["SYSTEMERROR", "USERPAYING", "TRADE_ERROR", "ORDERCLOSED", "NEW"] {
        for recall in ["Y", "N"] {
            let failed = [("result_code", "FAIL"), ("err_code", code), ("recall", recall)];
            assert_eq!(parse(&reverse, &failed), Ok(unknown(code)), "{code} {recall}");
        }
    }
    let late = [("result_code", "FAIL"), ("err_code", "REVERSE_EXPIRE")];
    assert_eq!(parse(&reverse, &late), Ok(Outcome::AlreadyPaid));
}
