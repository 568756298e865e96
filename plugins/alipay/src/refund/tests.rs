use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{NOW, account, answer, attempt, biz, call, refund, unfit, yuan};

fn changed(change: impl FnOnce(&mut RefundCall)) -> Operation {
    let mut refund = refund();
    change(&mut refund);
    Operation::Refund(refund)
}

fn parsed(node: &str) -> Result<Outcome, ParseError> {
    account().parse(&changed(|_| ()), &call(), &answer(Api::Refund, node))
}

fn fact(fact: RefundFact) -> Outcome {
    Outcome::Refund(RefundOutcome::Fact(fact))
}

fn succeeded(at: Timestamp) -> Outcome {
    fact(RefundFact::Succeeded { amount: yuan("10.00"), channel_refund_no: None, at })
}

#[test]
fn the_request_always_has_its_number() {
    let mut expected = json!({
        "out_trade_no": attempt().to_string(),
        "refund_amount": "10.00",
        "out_request_no": refund().refund.out_refund_no(),
    });
    for reason in [None, Some(String::new()), Some("  ".into())] {
        let step = account().build(&changed(|it| it.reason = reason), &call()).unwrap();
        assert_eq!(biz(&step), expected);
    }
    let step = account().build(&changed(|it| it.reason = Some("正常退款".into())), &call());
    expected["refund_reason"] = "正常退款".into();
    assert_eq!(biz(&step.unwrap()), expected);
}

#[test]
fn what_alipay_cannot_take_is_unfit() {
    let check = |operation: Operation, expected| assert_eq!(unfit(&operation, &call()), expected);
    check(changed(|it| it.amount = yuan("88.88")), None);
    check(changed(|it| it.amount = yuan("88.89")), Some("amount"));
    check(changed(|it| it.amount = yuan("0")), Some("amount"));
    let dollars = Money::new(1, paymux_core::Currency::Usd).unwrap();
    check(changed(|it| it.amount = dollars), Some("amount"));
    let all_dollars = changed(|it| {
        it.amount = dollars;
        it.paid = dollars;
    });
    check(all_dollars, Some("amount"));
}

/// The refund is promised by now: it goes without the words that Alipay cannot take.
#[test]
fn a_reason_is_cut_to_fit() {
    let told = |account: &Account, reason: &str| {
        let step = account.build(&changed(|it| it.reason = Some(reason.into())), &call()).unwrap();
        biz(&step)["refund_reason"].as_str().map(str::to_owned)
    };
    let utf8 = account();
    assert_eq!(told(&utf8, &"因".repeat(257)), Some("因".repeat(256)));
    assert_eq!(told(&utf8, "a\tb").as_deref(), Some("ab"));
    assert_eq!(told(&utf8, "\t").as_deref(), None);
}

#[test]
fn money_went_back() {
    let node = |rest: &str| {
        parsed(&format!(r#"{{"code":"10000","out_trade_no":"ORDER","fund_change":"Y"{rest}}}"#))
    };
    let at = Timestamp(NOW.0 + 1_504_000);
    let date = r#","gmt_refund_pay":"2026-01-15 13:00:00""#;
    assert_eq!(node(&format!(r#"{date},"refund_fee":"10.00""#)), Ok(succeeded(at)));
    // The sum of this and an earlier one: this one's amount is still what was asked for.
    assert_eq!(node(&format!(r#"{date},"refund_fee":"35.50""#)), Ok(succeeded(at)));
    assert_eq!(node(&format!(r#"{date},"refund_fee":"88.88""#)), Ok(succeeded(at)));
    assert_eq!(node(date), Ok(succeeded(at)));
    assert_eq!(node(""), Ok(succeeded(NOW)));
    // A sum without room for this refund, or beyond the trade, proves nothing.
    for sum in ["9.99", "88.89", "0.00", "x"] {
        let parsed = node(&format!(r#","refund_fee":"{sum}""#));
        assert_eq!(parsed, Err(ParseError::Malformed("refund_fee")), "{sum}");
    }
    assert_eq!(node(r#","gmt_refund_pay":"now""#), Err(ParseError::Malformed("gmt_refund_pay")));
}

/// Neither done nor failed: the refund's query tells.
#[test]
fn no_change_is_not_a_failure() {
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    let node = |rest: &str| parsed(&format!(r#"{{"code":"10000","out_trade_no":"ORDER"{rest}}}"#));
    // As captured of a repeat.
    let repeat = concat!(
        r#","fund_change":"N","gmt_refund_pay":"2026-01-15 13:00:00","#,
        r#""refund_fee":"10.00","send_back_fee":"0.00""#
    );
    assert_eq!(node(repeat), unknown("fund_change.N"));
    assert_eq!(node(""), unknown("fund_change.N"));
    assert_eq!(node(r#","fund_change":"P""#), unknown("P"));
}

#[test]
fn failures_follow_the_table() {
    let failed = |code: &str, sub_code: &str| {
        parsed(&format!(
            r#"{{"code":"{code}","sub_code":"{sub_code}","sub_msg":"why","refund_fee":"0.00"}}"#
        ))
    };
    let refused = |code: &str| {
        let refusal = paymux_core::payment::Refusal { code: code.into(), message: "why".into() };
        fact(RefundFact::Refused(refusal))
    };
    let code = "ACQ.REASON_TRADE_REFUND_FEE_ERR";
    assert_eq!(failed("40004", code), Ok(refused(code)));
    let spent = failed("40004", "ACQ.TRADE_HAS_CLOSE");
    assert!(matches!(spent, Ok(Outcome::Refund(RefundOutcome::Spent(_)))), "{spent:?}");
    for (code, sub_code) in [
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
        ("20000", "isp.unknow-error"),
        ("40006", "isv.insufficient-isv-permissions"),
        ("40005", "isv.app-call-limited"),
    ] {
        assert_eq!(failed(code, sub_code), Ok(Outcome::Unknown { code: sub_code.into() }));
    }
}

#[test]
fn another_orders_answer_is_none() {
    let node = r#"{"code":"10000","out_trade_no":"T1","fund_change":"Y","refund_fee":"10.00"}"#;
    assert!(parsed(node).is_err());
}
