use paymux_channel::Operation;
use paymux_core::payment::Payer as Person;
use serde_json::json;

use super::*;
use crate::settings::OpenidOf;
use crate::tests::{
    MINI, answer, body_of, call, failure, full, limit_by, partner, pay_by, sent_by, unsigned,
};

fn by(openid: &str, method: Method) -> Operation {
    let payer = Person { openid: Some(openid.into()), ..pay_by(method).payer };
    Operation::Pay(Pay { payer, ..pay_by(method) })
}

#[test]
fn an_order_names_who_pays() {
    let request = sent_by(&full(), &by("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", Method::Jsapi));
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi");
    let body = body_of(&request);
    assert_eq!(body["payer"], json!({ "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" }));
    assert_eq!(body["appid"], "wx0123456789abcdef");
    let mini = body_of(&sent_by(&full(), &by("o", Method::MiniProgram)));
    assert_eq!((&mini["appid"], &mini["payer"]), (&json!(MINI), &json!({ "openid": "o" })));
}

/// An `openid` means nothing without whose name it is.
#[test]
fn a_partners_payer_is_known_to_either() {
    let mut account = partner();
    let body = body_of(&sent_by(&account, &by("o", Method::Jsapi)));
    assert_eq!(body["payer"], json!({ "sub_openid": "o" }));
    account.sub.as_mut().unwrap().openid_of = OpenidOf::Sp;
    let body = body_of(&sent_by(&account, &by("o", Method::Jsapi)));
    assert_eq!(body["payer"], json!({ "sp_openid": "o" }));
}

#[test]
fn names_that_fit() {
    let check = |openid: &str, limit| {
        let found = limit_by(&full(), &by(openid, Method::Jsapi), &call());
        assert_eq!(found, limit, "{openid}");
    };
    check(&"o".repeat(128), None);
    for openid in ["", "a b", "微信", &"o".repeat(129)] {
        check(openid, Some("payer.openid"));
    }
}

#[test]
fn refusals() {
    let said = |status, code| {
        full().parse(&by("o", Method::Jsapi), &call(), &unsigned(status, failure(code)))
    };
    assert!(matches!(said(403, "NO_AUTH"), Ok(Outcome::Refused(_))));
    assert!(matches!(said(403, "OUT_TRADE_NO_USED"), Ok(Outcome::Unknown { .. })));
    assert!(full().parse(&by("o", Method::Jsapi), &call(), &answer("{}")).is_err());
}

use paymux_channel::Channel as _;
