use paymux_channel::{Channel as _, Operation};

use super::*;
use crate::tests::{
    GENUINE, PUBLIC_KEY_ID, Voice, call, failure, full, limit_by, sent_by, unknown, unsigned,
};

fn raw(verb: Method, api: &str, body: &str) -> Operation {
    Operation::Raw(RawCall { verb, api: api.into(), body: body.to_owned().into() })
}

#[test]
fn a_call_of_any_kind_is_signed() {
    let api = "/v3/profitsharing/orders/P20150806125346?transaction_id=42";
    let request = sent_by(&full(), &raw(Method::GET, api, ""));
    assert_eq!(request.uri().to_string(), format!("https://api.mch.weixin.qq.com{api}"));
    assert_eq!(request.headers()["wechatpay-serial"], PUBLIC_KEY_ID);
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let signed = full().authorization(&Method::GET, api, "", &call()).unwrap();
    assert_eq!(authorization, signed);
    let request = sent_by(&full(), &raw(Method::POST, "/v3/x/y", "{\"a\": 1}"));
    assert_eq!(request.body(), "{\"a\": 1}", "to the byte");
}

#[test]
fn what_is_no_call_of_this_api() {
    let check = |operation: Operation, field| {
        assert_eq!(limit_by(&full(), &operation, &call()), field, "{operation:?}");
    };
    let get = |api: &str| raw(Method::GET, api, "");
    check(get("/v3/pay/transactions/id/42?mchid=1900000109"), None);
    for api in [
        "",
        "v3/x",
        "/v2/x",
        "/v3",
        "//evil.example/v3/x",
        "/v3/../secapi/pay/refund",
        "/v3/./x",
        "/v3/%2e%2E/x",
        "/v3//x",
        "/v3/x#y",
        "/v3/x y",
        "/v3/微信",
        "/v3/billdownload/file?token=x",
        "/v3/transferdownload/elecvoucherfile?token=x",
        &format!("/v3/{}", "x".repeat(MAX_TARGET)),
    ] {
        check(get(api), Some("api"));
    }
    check(raw(Method::OPTIONS, "/v3/x", ""), Some("verb"));
    check(raw(Method::GET, "/v3/x", "{}"), Some("body"));
    check(raw(Method::POST, "/v3/x", "{"), Some("body"));
    check(raw(Method::POST, "/v3/x", &format!("\"{}\"", "x".repeat(MAX_BODY))), Some("body"));
    check(raw(Method::POST, "/v3/x", ""), None);
}

#[test]
fn what_is_signed_is_an_answer() {
    let operation = raw(Method::GET, "/v3/x", "");
    let parse = |response| full().parse(&operation, &call(), &response);
    for (status, body) in [(200, "{\"a\":1}"), (204, ""), (202, "{}"), (404, "{\"code\":\"X\"}")] {
        let expected = Outcome::Raw(RawAnswer { status, body: body.into() });
        assert_eq!(parse(GENUINE.answer(status, body)), Ok(expected));
    }
    assert_eq!(parse(unsigned(404, failure("X"))), Ok(unknown("X")));
    assert!(parse(unsigned(200, "{}")).is_err());
    assert!(parse(Voice { key: "stranger.key", ..GENUINE }.answer(404, failure("X"))).is_err());
    assert_eq!(parse(GENUINE.answer(200, "a,b")), Err(UNEXPECTED));
}
