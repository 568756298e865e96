use paymux_channel::Operation;
use paymux_core::Timestamp;
use paymux_core::payment::{Action, AuthCode, Method, Receipt};

use super::*;
use crate::tests::{NOW, attempt, fen, pay_by, unknown};
use crate::v2::tests::{account, asked, limit, pairs, parse, parse_failure};

fn charge() -> Operation {
    Operation::Pay(pay_by(Method::Barcode))
}

#[test]
fn a_charge_names_neither_its_end_nor_a_notification() {
    let (order, mut pay) = (attempt().to_string(), pay_by(Method::Barcode));
    pay.payer.client_ip = None;
    let code = pay.payer.auth_code.clone().unwrap();
    let expect = pairs(&[
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("body", &pay.subject),
        ("out_trade_no", &order),
        ("total_fee", "8888"),
        ("fee_type", "CNY"),
        ("spbill_create_ip", "203.0.113.7"),
        ("auth_code", code.expose()),
    ]);
    assert_eq!(asked(&account(), &Operation::Pay(pay), "/pay/micropay"), expect);
}

#[test]
fn a_code_has_eighteen_digits() {
    for (code, fits) in [
        ("100000000000000000", true),
        ("159999999999999999", true),
        ("169999999999999999", false),
        ("099999999999999999", false),
        ("10000000000000000", false),
        ("1000000000000000000", false),
        ("10000000000000000x", false),
        ("", false),
    ] {
        let mut pay = pay_by(Method::Barcode);
        pay.payer.auth_code = Some(AuthCode::new(code));
        let expect = if fits { None } else { Some("payer.auth_code") };
        assert_eq!(limit(&account(), &Operation::Pay(pay)), expect, "{code}");
    }
}

#[test]
fn only_success_is_money() {
    let order = attempt().to_string();
    let paid = [
        ("out_trade_no", &*order),
        ("trade_type", "MICROPAY"),
        ("transaction_id", "4200000001"),
        ("total_fee", "8888"),
        ("cash_fee", "1"),
        ("time_end", "20250101080007"),
    ];
    let receipt = Receipt {
        amount: fen(8888),
        channel_trade_no: "4200000001".into(),
        paid_at: Timestamp(NOW.0 + 7000),
    };
    assert_eq!(parse(&charge(), &paid), Ok(Outcome::Paid(receipt)));
    for (place, name) in [(0, "out_trade_no"), (1, "trade_type"), (2, "transaction_id")] {
        let mut lacking = paid;
        lacking[place].1 = "";
        assert_eq!(parse(&charge(), &lacking), Err(ParseError::Malformed(name)));
    }
    for amount in ["", "-1", "1.5", "88 88", "99999999999999999999"] {
        let mut wrong = paid;
        wrong[3].1 = amount;
        assert!(parse(&charge(), &wrong).is_err(), "{amount}");
    }
}

#[test]
fn what_may_have_charged_is_unknown() {
    let confirm = Outcome::Accepted(Action::Confirm);
    assert_eq!(parse_failure(&charge(), "USERPAYING"), confirm);
    for code in ["SYSTEMERROR", "BANKERROR", "TRADE_ERROR", "ORDERCLOSED", "ORDERREVERSED"]
        .into_iter()
        .chain(["OUT_TRADE_NO_USED", "INVALID_REQUEST", "SOMETHING_NEW"])
    {
        assert_eq!(parse_failure(&charge(), code), unknown(code));
    }
    assert_eq!(parse_failure(&charge(), "ORDERPAID"), Outcome::AlreadyPaid);
    for code in ["AUTHCODEEXPIRE", "AUTH_CODE_INVALID", "NOTENOUGH", "BUYER_MISMATCH"] {
        assert!(matches!(parse_failure(&charge(), code), Outcome::Refused(_)), "{code}");
    }
}
