use paymux_channel::{Channel as _, Operation, Outcome};

use super::*;
use crate::tests::{attempt, call, unknown};
use crate::v2::tests::{account, account_with, partner, response, said};

fn query() -> Operation {
    Operation::Query { attempt: attempt() }
}

fn ask(body: String) -> Result<Outcome, ParseError> {
    account().parse(&query(), &call(), &response(body))
}

#[test]
fn only_what_is_signed_is_an_answer() {
    let order = attempt().to_string();
    let pairs = [("out_trade_no", &*order), ("trade_state", "NOTPAY")];
    let genuine = said(&account(), &pairs);
    assert_eq!(ask(genuine.clone()), Ok(Outcome::Unpaid));
    assert_eq!(ask(genuine.replace("NOTPAY", "CLOSED")), Err(ParseError::Signature));
    let (from, to) = (genuine.find("<sign>").unwrap(), genuine.find("</sign>").unwrap());
    let naked = genuine[..from].to_owned() + &genuine[to + "</sign>".len()..];
    assert_eq!(ask(naked), Err(ParseError::Signature));
    let other = account_with(&[("api_v2_key", "00000000000000000000000000000000")]);
    assert_eq!(ask(said(&other, &pairs)), Err(ParseError::Signature));
    let weak = account_with(&[("sign_type", "MD5")]);
    assert_eq!(ask(said(&weak, &pairs)), Err(ParseError::Signature));
}

#[test]
fn a_failed_message_says_nothing_of_money() {
    let failed = |why: &str| {
        ask(crate::v2::xml::write([("return_code", "FAIL"), ("return_msg", why)])).unwrap()
    };
    assert_eq!(failed("签名错误"), unknown("SIGNERROR"));
    assert_eq!(failed("频率限制"), unknown("FREQUENCY_LIMITED"));
    assert!(account().is_limited("FREQUENCY_LIMITED"));
    assert_eq!(failed("whatever"), unknown("RETURN_CODE_FAIL"));
    // Not even where it brings a code that would be definite.
    let forged = [("return_code", "FAIL"), ("err_code", "ORDERNOTEXIST")];
    assert_eq!(ask(crate::v2::xml::write(forged)).unwrap(), unknown("RETURN_CODE_FAIL"));
    for (status, code) in [(502, "HTTP_502"), (400, "HTTP_400"), (302, "HTTP_302")] {
        let answer = crate::tests::unsigned(status, "<html></html>");
        assert_eq!(account().parse(&query(), &call(), &answer), Ok(unknown(code)));
    }
}

#[test]
fn answers_of_others_are_no_answers() {
    let order = attempt().to_string();
    let base = [("out_trade_no", &*order), ("trade_state", "NOTPAY")];
    let with = |name, value| {
        let mut pairs = base.to_vec();
        pairs.push((name, value));
        ask(said(&account(), &pairs))
    };
    let stranger = Err(ParseError::Malformed("it answers for another account"));
    assert_eq!(with("mch_id", "1900000110"), stranger);
    assert_eq!(with("appid", "wx1"), stranger);
    assert_eq!(with("sub_mch_id", "1900000110"), stranger);
    assert_eq!(with("out_trade_no", "1"), Err(ParseError::Malformed("out_trade_no")));
    assert_eq!(with("result_code", "OK"), Err(ParseError::Malformed("result_code")));
    assert_eq!(with("return_code", "OK"), Err(ParseError::Malformed("return_code")));
    // A failure may leave names out, and must not name others.
    let failed = |name, value| {
        let pairs = [("result_code", "FAIL"), ("err_code", "ORDERNOTEXIST"), (name, value)];
        ask(said(&account(), &pairs))
    };
    assert_eq!(failed("appid", ""), Ok(Outcome::Absent));
    assert_eq!(failed("mch_id", "1900000110"), stranger);
}

/// One key signs for all sub-merchants.
#[test]
fn a_sub_merchant_hears_only_of_itself() {
    let account = partner();
    let order = attempt().to_string();
    let ask = |pairs: &[(&str, &str)]| {
        let mut all = vec![("out_trade_no", &*order), ("trade_state", "NOTPAY")];
        all.extend(pairs);
        account.parse(&query(), &call(), &response(said(&account, &all)))
    };
    assert_eq!(ask(&[]), Ok(Outcome::Unpaid));
    let stranger = Err(ParseError::Malformed("it answers for another account"));
    assert_eq!(ask(&[("sub_mch_id", "1900000999")]), stranger);
    assert_eq!(ask(&[("sub_mch_id", "")]), stranger);
}
