use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{call, sent, unknown};
use crate::v2::tests::{account, asked, failed, fields, limit, pairs, parse, response};

fn raw(verb: Method, api: &str, body: &str) -> Operation {
    let body = Bytes::from(body.to_owned());
    Operation::Raw(RawCall { verb, api: api.into(), body })
}

fn post(api: &str, body: &str) -> Operation {
    raw(Method::POST, api, body)
}

#[test]
fn texts_and_numbers_go_out_signed() {
    let operation = post("/pay/profitsharingquery", r#"{"out_order_no":"P1","offset":15}"#);
    let expect = pairs(&[
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("out_order_no", "P1"),
        ("offset", "15"),
    ]);
    assert_eq!(asked(&account(), &operation, "/pay/profitsharingquery"), expect);
    assert_eq!(limit(&account(), &post("/pay/orderquery", "")), None);
}

/// Signed as it is, and sent escaped: the only field of its kind.
#[test]
fn a_long_url_is_escaped_on_its_way() {
    let url = "weixin://wxpay/bizpayurl?appid=wx1&product_id=1";
    let operation = post("/tools/shorturl", &json!({ "long_url": url }).to_string());
    let account = account();
    let fields = fields(&sent(account.build(&operation, &call())));
    assert_eq!(fields.text("long_url"), Some(&*crate::percent::encode(url)));
    assert!(!account.signed(&fields));
    let raw: Vec<_> =
        fields.pairs().map(|(n, v)| (n, if n == "long_url" { url } else { v })).collect();
    let pairs: Vec<_> =
        raw.into_iter().filter(|it| it.0 != SIGN).map(|(n, v)| (n, v.to_owned())).collect();
    assert_eq!(fields.text(SIGN), Some(&*account.sign(&pairs)));
}

#[test]
fn what_could_not_be_verified_or_said_is_not_sent() {
    let check = |operation: Operation, field| {
        assert_eq!(limit(&account(), &operation), field, "{operation:?}");
    };
    check(raw(Method::GET, "/pay/orderquery", ""), Some("verb"));
    for api in UNSIGNED {
        check(post(api, "{}"), Some("api"));
    }
    for api in ["", "pay", "/pay/../x", "/pay//x", "/pay/x?y=z", "/v3/pay", "/pay/%2e", "https://x"]
    {
        check(post(api, "{}"), Some("api"));
    }
    for body in ["[]", "{", "1", r#"{"a":{}}"#, r#"{"a":[]}"#, r#"{"a":null}"#, r#"{"a":true}"#]
        .into_iter()
        .chain([r#"{"a":1.5}"#, r#"{"a":-1}"#, r#"{"a":"\r"}"#, r#"{"a b":"1"}"#, r#"{"":"1"}"#])
        .chain([r#"{"mch_id":"1"}"#, r#"{"sign":"1"}"#, r#"{"a":"😀"}"#])
    {
        check(post("/pay/orderquery", body), Some("body"));
    }
}

#[test]
fn signed_answers_come_back_as_texts() {
    let operation = post("/tools/shorturl", "");
    let parsed = parse(&operation, &[("short_url", "weixin://wxpay/s/An4baqw")]).unwrap();
    let Outcome::Raw(answer) = parsed else { panic!("{parsed:?}") };
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["short_url"]), (200, &json!("weixin://wxpay/s/An4baqw")));
    assert!(body.get("sign").is_none());
    // A failure that is signed is an answer; one that is not, is none.
    let account = account();
    let Ok(Outcome::Raw(answer)) =
        account.parse(&operation, &call(), &failed(&account, "SYSTEMERROR"))
    else {
        panic!("it is signed")
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["err_code"], "SYSTEMERROR");
    let unsigned = response(crate::v2::xml::write([("return_code", "FAIL")]));
    let parsed = account.parse(&operation, &call(), &unsigned);
    assert_eq!(parsed, Ok(unknown("RETURN_CODE_FAIL")));
}
