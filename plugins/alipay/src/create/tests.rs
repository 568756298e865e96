use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::{Method, Refusal};

use super::*;
use crate::tests::{account, account_with, answer, biz, call, pay, unfit};

fn changed(change: impl FnOnce(&mut Pay)) -> Operation {
    let mut pay = pay(Method::Jsapi);
    change(&mut pay);
    Operation::Pay(pay)
}

#[test]
fn an_order_inside_the_wallet() {
    for method in [Method::Jsapi, Method::MiniProgram] {
        let step = account().build(&Operation::Pay(pay(method)), &call()).unwrap();
        let expected = serde_json::json!({
            "out_trade_no": crate::tests::attempt().to_string(),
            "product_code": "JSAPI_PAY",
            "total_amount": "88.88",
            "subject": "测试商品 一件",
            "time_expire": "2026-01-15 13:04:56",
            "op_app_id": crate::tests::APP_ID,
            "buyer_id": "2088102012345678",
        });
        assert_eq!(biz(&step), expected);
    }
    let account = account_with(&[("op_app_id", "2021000000000088")]);
    let step = account.build(&changed(|_| ()), &call()).unwrap();
    assert_eq!(biz(&step)["op_app_id"], "2021000000000088");
}

#[test]
fn the_payer_is_a_number_or_a_name() {
    let named = |name: &str| {
        let step = account().build(&changed(|it| it.payer.openid = Some(name.into())), &call());
        let biz = biz(&step.unwrap());
        (biz["buyer_id"].as_str().is_some(), biz["buyer_open_id"].as_str().is_some())
    };
    assert_eq!(named("2088102012345678"), (true, false));
    assert_eq!(named("074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"), (false, true));
    assert_eq!(named("208810201234567"), (false, true));
    assert_eq!(named("20881020123456789"), (false, true));
    for wrong in [None, Some(String::new()), Some("a b".into()), Some("a".repeat(129))] {
        let found = unfit(&changed(|it| it.payer.openid = wrong.clone()), &call());
        assert_eq!(found, Some("payer.openid"), "{wrong:?}");
    }
}

fn parsed(node: &str) -> Result<Outcome, ParseError> {
    account().parse(&changed(|_| ()), &call(), &answer(Api::Create, node))
}

#[test]
fn an_accepted_order_brings_the_trades_number() {
    let node = r#"{"code":"10000","out_trade_no":"ORDER","trade_no":"2026011522001"}"#;
    let call = BTreeMap::from([("tradeNO".to_owned(), "2026011522001".to_owned())]);
    assert_eq!(parsed(node), Ok(Outcome::Accepted(Action::Invoke(call))));
    for trade_no in ["", "a b", &"1".repeat(65)] {
        let node = format!(r#"{{"code":"10000","out_trade_no":"ORDER","trade_no":"{trade_no}"}}"#);
        assert_eq!(parsed(&node), Err(ParseError::Malformed("trade_no")));
    }
}

#[test]
fn failures_follow_the_table() {
    let failed = |sub_code: &str| {
        parsed(&format!(r#"{{"code":"40004","sub_code":"{sub_code}","sub_msg":"why"}}"#)).unwrap()
    };
    let refused =
        |code: &str| Outcome::Refused(Refusal { code: code.into(), message: "why".into() });
    for code in ["ACQ.UNBOUND_APPLICATION", "ACQ.PAYER_UNMATCHED", "ACQ.TOTAL_FEE_EXCEED"] {
        assert_eq!(failed(code), refused(code));
    }
    let unknown = Outcome::Unknown { code: "ACQ.CONTEXT_INCONSISTENT".into() };
    assert_eq!(failed("ACQ.CONTEXT_INCONSISTENT"), unknown);
}
