use paymux_channel::{Channel as _, Operation, Secret};
use serde_json::json;

use super::*;
use crate::tests::{
    MINI, SECRET, call, full, limit_by, partner, sent_by, settings, unknown, unsigned,
};

fn oauth(code: &str) -> Operation {
    Operation::Identify(Identify::OAuth(Secret::new(code)))
}

fn mini(code: &str) -> Operation {
    Operation::Identify(Identify::MiniProgram(Secret::new(code)))
}

#[test]
fn a_browser_is_sent_to_ask() {
    let url = full().identify_url("https://pay.example.com/back?a=1", "s-1").unwrap();
    let expected = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef\
         &redirect_uri=https%3A%2F%2Fpay.example.com%2Fback%3Fa%3D1&response_type=code\
         &scope=snsapi_base&state=s-1#wechat_redirect";
    assert_eq!(url, expected);
    let url = partner().identify_url("https://pay.example.com/", "1").unwrap();
    assert!(url.contains("appid=wxd678efh567hg6787&"), "the sub-merchant's names are wanted");
    let silent = crate::settings::read(&settings(), &[]).unwrap();
    assert_eq!(silent.identify_url("https://pay.example.com/", "1"), None);
}

#[test]
fn a_code_is_changed_into_a_name() {
    let request = sent_by(&full(), &oauth("021aB+c"));
    let expected = format!(
        "https://api.weixin.qq.com/sns/oauth2/access_token?appid=wx0123456789abcdef\
         &secret={SECRET}&code=021aB%2Bc&grant_type=authorization_code"
    );
    assert_eq!(request.uri().to_string(), expected);
    assert!(!request.headers().contains_key("authorization"), "it is not signed");
    let request = sent_by(&full(), &mini("1"));
    let expected = format!(
        "https://api.weixin.qq.com/sns/jscode2session?appid={MINI}\
         &secret={}&js_code=1&grant_type=authorization_code",
        "f".repeat(32)
    );
    assert_eq!(request.uri().to_string(), expected);
}

#[test]
fn what_is_not_offered() {
    let silent = crate::settings::read(&settings(), &[]).unwrap();
    for operation in [oauth("1"), mini("1")] {
        assert!(matches!(silent.build(&operation, &call()), Err(BuildError::Unsupported)));
    }
    let code = Operation::Identify(Identify::AuthCode(Secret::new("130061098828009406")));
    assert!(matches!(full().build(&code, &call()), Err(BuildError::Unsupported)));
    for code in ["", "a b", "微信", &"x".repeat(129)] {
        assert_eq!(limit_by(&full(), &oauth(code), &call()), Some("code"));
        assert_eq!(limit_by(&full(), &mini(code), &call()), Some("code"));
    }
}

#[test]
fn names() {
    let said = |body: serde_json::Value| {
        full().parse(&oauth("1"), &call(), &unsigned(200, body.to_string()))
    };
    let person = json!({ "access_token": "t", "expires_in": 7200, "openid": "o6_b", "scope": "x" });
    assert_eq!(said(person), Ok(Outcome::Payer("o6_b".into())));
    let session = json!({ "openid": "o6_b", "session_key": "k", "unionid": "u" });
    assert_eq!(said(session), Ok(Outcome::Payer("o6_b".into())));
    // Money sent to such a name comes from nobody.
    let glanced = said(json!({ "openid": "o6_b", "is_snapshotuser": 1 }));
    assert!(matches!(glanced, Ok(Outcome::Refused(it)) if it.code == "SNAPSHOT_USER"));
    for body in [json!({}), json!({ "openid": "" }), json!({ "openid": "a b" })] {
        assert!(matches!(said(body), Err(ParseError::Malformed(_))));
    }
    let used = said(json!({ "errcode": 40163, "errmsg": "code been used" }));
    assert!(matches!(used, Ok(Outcome::Refused(_))));
    assert_eq!(said(json!({ "errcode": -1, "errmsg": "busy" })), Ok(unknown("-1")));
}
