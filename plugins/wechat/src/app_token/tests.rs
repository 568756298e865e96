use paymux_channel::{Channel as _, Operation};
use serde_json::json;

use super::*;
use crate::tests::{
    SECRET, body_of, call, full, full_settings, sent_by, settings, unknown, unsigned,
};

fn classic() -> crate::settings::Account {
    let mut settings = full_settings();
    settings.set("app_token", Secret::new("classic"));
    crate::settings::read(&settings, &[]).unwrap()
}

#[test]
fn a_token_that_all_who_ask_share() {
    let request = sent_by(&full(), &Operation::AppToken);
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.uri(), "https://api.weixin.qq.com/cgi-bin/stable_token");
    let expected = json!({
        "grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": SECRET,
        "force_refresh": false,
    });
    assert_eq!(body_of(&request), expected);
    let app = || "wx0123456789abcdef".to_owned();
    let expected = AppToken { app: app(), exclusive: false };
    assert_eq!(full().capabilities().app_token, Some(expected));
    // A sub-merchant's pages open the wallet with its own application.
    let sub = crate::tests::partner().capabilities().app_token.clone();
    assert_eq!(sub.unwrap().app, "wxd678efh567hg6787");
}

#[test]
fn a_token_that_voids_the_one_before() {
    let request = sent_by(&classic(), &Operation::AppToken);
    assert_eq!(request.method(), http::Method::GET);
    let expected = format!(
        "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential\
         &appid=wx0123456789abcdef&secret={SECRET}"
    );
    assert_eq!(request.uri().to_string(), expected);
    assert!(classic().capabilities().app_token.as_ref().unwrap().exclusive);
}

#[test]
fn tokens() {
    let said = |body: serde_json::Value| {
        full().parse(&Operation::AppToken, &call(), &unsigned(200, body.to_string()))
    };
    let outcome = said(json!({ "access_token": "ACCESS", "expires_in": 7200 }));
    let token = Secret::new("ACCESS");
    assert_eq!(outcome, Ok(Outcome::Token { token, expires_in: Duration::from_secs(7200) }));
    assert!(!format!("{outcome:?}").contains("ACCESS"));
    for body in [
        json!({}),
        json!({ "access_token": "", "expires_in": 7200 }),
        json!({ "access_token": "a\nb", "expires_in": 7200 }),
        json!({ "access_token": "x".repeat(1025), "expires_in": 7200 }),
        json!({ "access_token": "t", "expires_in": 0 }),
        json!({ "access_token": "t", "expires_in": -1 }),
        json!({ "access_token": "t", "expires_in": 86_401 }),
    ] {
        assert!(matches!(said(body.clone()), Err(ParseError::Malformed(_))), "{body}");
    }
    let refused = said(json!({ "errcode": 40164, "errmsg": "invalid ip" }));
    assert!(matches!(refused, Ok(Outcome::Refused(_))));
    assert_eq!(said(json!({ "errcode": 45009, "errmsg": "quota" })), Ok(unknown("45009")));
    assert_eq!(crate::tests::account().capabilities().app_token, None);
    let silent = crate::settings::read(&settings(), &[]).unwrap();
    let built = silent.build(&Operation::AppToken, &call());
    assert!(matches!(built, Err(BuildError::Unsupported)));
}
