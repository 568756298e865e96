use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::Method;

use super::*;
use crate::tests::{account, answer, biz, call, pay};

fn changed(change: impl FnOnce(&mut Pay)) -> Operation {
    let mut pay = pay(Method::Qr);
    change(&mut pay);
    Operation::Pay(pay)
}

#[test]
fn an_order_says_just_this() {
    let order = changed(|it| it.payer.client_ip = Some("203.0.113.7".into()));
    let step = account().build(&order, &call()).unwrap();
    let expected = serde_json::json!({
        "out_trade_no": crate::tests::attempt().to_string(),
        "product_code": "FACE_TO_FACE_PAYMENT",
        "total_amount": "88.88",
        "subject": "测试商品 一件",
        "time_expire": "2026-01-15 13:04:56",
        "business_params": { "mc_create_trade_ip": "203.0.113.7" },
    });
    assert_eq!(biz(&step), expected);
    let step = account().build(&Operation::Pay(pay(Method::Qr)), &call()).unwrap();
    assert!(biz(&step).get("business_params").is_none());
}

fn parsed(node: &str) -> Result<Outcome, ParseError> {
    let order = Operation::Pay(pay(Method::Qr));
    account().parse(&order, &call(), &answer(Api::Precreate, node))
}

#[test]
fn an_accepted_order_brings_its_code() {
    let accepted = |url: &str| Ok(Outcome::Accepted(Action::QrCode(url.into())));
    let node =
        r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"https:\/\/qr.alipay.com\/bax1"}"#;
    assert_eq!(parsed(node), accepted("https://qr.alipay.com/bax1"));
    let unreadable = [
        r#"{"code":"10000","out_trade_no":"ORDER"}"#.to_owned(),
        r#"{"code":"10000","out_trade_no":"ORDER","qr_code":""}"#.to_owned(),
        r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"a\nb"}"#.to_owned(),
        r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"a","qr_code":"b"}"#.to_owned(),
        r#"{"code":"10000","out_trade_no":"T1","qr_code":"a"}"#.to_owned(),
        r#"{"code":"10000","qr_code":"a"}"#.to_owned(),
        format!(r#"{{"code":"10000","out_trade_no":"ORDER","qr_code":"{}"}}"#, "a".repeat(1025)),
    ];
    for node in unreadable {
        assert!(matches!(parsed(&node), Err(ParseError::Malformed(_))), "{node}");
    }
}

#[test]
fn failures_follow_the_table() {
    let node = r#"{"code":"40004","sub_code":"ACQ.TOTAL_FEE_EXCEED","sub_msg":"超限"}"#;
    let Ok(Outcome::Refused(refusal)) = parsed(node) else { panic!() };
    assert_eq!((&*refusal.code, &*refusal.message), ("ACQ.TOTAL_FEE_EXCEED", "超限"));
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    let node =
        r#"{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}"#;
    assert_eq!(parsed(node), unknown("isp.unknow-error"));
    let node = r#"{"code":"10003","msg":" order success pay inprocess","out_trade_no":"ORDER"}"#;
    assert_eq!(parsed(node), unknown("10003"));
}
