use paymux_channel::Operation;
use paymux_core::payment::Refusal;

use super::*;
use crate::tests::{attempt, fen, refund, unknown};
use crate::v2::tests::{account, asked, limit, pairs, parse, parse_failure};

fn operation() -> Operation {
    Operation::Refund(refund())
}

#[test]
fn a_refund() {
    let (order, number) = (attempt().to_string(), refund().refund.out_refund_no());
    let mut expect = vec![
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("out_trade_no", &*order),
        ("out_refund_no", &*number),
        ("total_fee", "8888"),
        ("refund_fee", "1000"),
        ("refund_fee_type", "CNY"),
        ("notify_url", "https://pay.example.com/notify/wechat"),
    ];
    assert_eq!(asked(&account(), &operation(), "/secapi/pay/refund"), pairs(&expect));
    let reason = Some("sold out \u{1f600} ".into());
    let with = Operation::Refund(RefundCall { reason, ..refund() });
    expect.push(("refund_desc", "sold out"));
    assert_eq!(asked(&account(), &with, "/secapi/pay/refund"), pairs(&expect));
    let more = RefundCall { amount: fen(8889), ..refund() };
    assert_eq!(limit(&account(), &Operation::Refund(more)), Some("amount"));
}

#[test]
fn success_is_only_that_it_was_taken_on() {
    let (order, number) = (attempt().to_string(), refund().refund.out_refund_no());
    let said =
        [("out_trade_no", &*order), ("out_refund_no", &*number), ("refund_id", "5000"), ("x", "")];
    let accepted = |it: Option<&str>| {
        let fact = RefundFact::Accepted { channel_refund_no: it.map(str::to_owned) };
        Outcome::Refund(RefundOutcome::Fact(fact))
    };
    assert_eq!(parse(&operation(), &said), Ok(accepted(Some("5000"))));
    assert_eq!(parse(&operation(), &said[..2]), Ok(accepted(None)));
    for (place, name) in [(0, "out_trade_no"), (1, "out_refund_no")] {
        let mut other = said;
        other[place].1 = "1";
        assert_eq!(parse(&operation(), &other), Err(ParseError::Malformed(name)));
    }
}

#[test]
fn money_is_freed_on_definite_words_alone() {
    for code in ["TRADE_OVERDUE", "USER_ACCOUNT_ABNORMAL", "PARAM_ERROR"] {
        let refusal = Refusal { code: code.into(), message: "why".into() };
        let refused = Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(refusal)));
        assert_eq!(parse_failure(&operation(), code), refused);
    }
    for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED", "INVALID_REQ_TOO_MUCH"]
        .into_iter()
        .chain(["NOTENOUGH", "ORDERNOTEXIST", "ERROR", "INVALID_REQUEST", "NOAUTH", "NEW"])
    {
        assert_eq!(parse_failure(&operation(), code), unknown(code));
    }
}
