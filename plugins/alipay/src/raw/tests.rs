use paymux_channel::{Channel as _, Operation};

use super::*;
use crate::tests::{account, account_with, biz, call, parameters, raw, respond, sign, unfit};

fn changed(change: impl FnOnce(&mut RawCall)) -> Operation {
    let mut raw = raw();
    change(&mut raw);
    Operation::Raw(raw)
}

#[test]
fn the_content_travels_as_it_is() {
    let step = account().build(&changed(|_| ()), &call()).unwrap();
    assert_eq!(biz(&step), serde_json::json!({ "settle_no": "1" }));
    let Step::Send(request) = step else { panic!() };
    let query = parameters(request.uri().query().unwrap());
    let named = |name: &str| query.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
    assert_eq!(named("method"), Some("alipay.trade.order.settle.query"));
    assert_eq!(named("notify_url"), None);
    let spaced = changed(|it| it.body = "{ \"a\" : 1.0 }".into());
    let Step::Send(request) = account().build(&spaced, &call()).unwrap() else { panic!() };
    let body = parameters(std::str::from_utf8(request.body()).unwrap());
    assert_eq!(body[0].1, "{ \"a\" : 1.0 }");
    let empty = changed(|it| it.body = Bytes::new());
    let Step::Send(request) = account().build(&empty, &call()).unwrap() else { panic!() };
    assert!(request.body().is_empty());
}

#[test]
fn what_is_no_method_or_no_object_is_unfit() {
    let check = |operation: Operation, expected| assert_eq!(unfit(&operation, &call()), expected);
    for api in ["", "alipay..x", ".x", "Alipay.x", "alipay.x&a=1", "a b", "/v3/x", &"a".repeat(129)]
    {
        check(changed(|it| it.api = api.into()), Some("api"));
    }
    for body in [&b"[]"[..], b"1", b"{", b"{}x", b"\xff", b"\"a\""] {
        check(changed(|it| it.body = Bytes::copy_from_slice(body)), Some("body"));
    }
    check(changed(|it| it.verb = http::Method::GET), Some("verb"));
    let account = account_with(&[("charset", "GBK")]);
    let emoji = changed(|it| it.body = "{\"a\":\"\u{1f375}\"}".into());
    assert!(account.build(&emoji, &call()).is_err());
}

#[test]
fn a_verified_answer_is_handed_on_unread() {
    let body = |node: &str, sign: &str| {
        let name = "alipay_trade_order_settle_query_response";
        respond(format!(r#"{{"{name}":{node},"sign":"{sign}"}}"#))
    };
    let parsed =
        |node: &str, sign: &str| account().parse(&changed(|_| ()), &call(), &body(node, sign));
    let answer =
        |node: &str| Ok(Outcome::Raw(RawAnswer { status: 200, body: node.to_owned().into() }));
    for node in [r#"{"code":"10000","x":[1.50]}"#, r#"{"code":"40004","sub_code":"ACQ.X"}"#] {
        assert_eq!(parsed(node, &sign(node)), answer(node));
        assert_eq!(parsed(node, ""), Err(ParseError::Signature));
        assert_eq!(parsed(node, &sign("{}")), Err(ParseError::Signature));
    }
}
