use serde_json::json;

use super::*;
use crate::tests::{MINI, OPEN, account, full, partner};

fn named(value: serde_json::Value) -> Named {
    serde_json::from_value(value).unwrap()
}

fn check(account: &Account, value: serde_json::Value, expected: Option<(&str, &str)>) {
    let found = named(value.clone()).mismatch(account);
    let found = found.as_ref().map(|it| (it.field, &*it.reported));
    assert_eq!(found, expected, "{value}");
}

#[test]
fn other_merchants_are_noticed() {
    let (app, mch) = ("wx0123456789abcdef", "1900000109");
    let account = account();
    check(&account, json!({ "appid": app, "mchid": mch }), None);
    check(&account, json!({ "appid": app, "mchid": "1" }), Some(("mchid", "1")));
    check(&account, json!({ "appid": "wx1", "mchid": mch }), Some(("appid", "wx1")));
    check(&account, json!({ "appid": app, "sp_mchid": mch }), Some(("mchid", "")));
    check(&account, json!({ "mchid": mch }), Some(("appid", "")));
    check(
        &account,
        json!({ "appid": app, "mchid": "1900000109 " }),
        Some(("mchid", "1900000109 ")),
    );
    // Only where they are set do other applications count.
    check(&account, json!({ "appid": MINI, "mchid": mch }), Some(("appid", MINI)));
    for app in [app, MINI, OPEN] {
        check(&full(), json!({ "appid": app, "mchid": mch }), None);
    }
}

/// One key serves all sub-merchants, so a genuine message may be about any of them.
#[test]
fn other_sub_merchants_are_noticed() {
    let account = partner();
    let ours = json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1900007291",
        "sub_appid": "wxd678efh567hg6787", "sub_mchid": "1900000109",
    });
    check(&account, ours.clone(), None);
    for (field, value) in [
        ("sub_mchid", json!("1900000110")),
        ("sub_mchid", json!(null)),
        ("sp_mchid", json!("1900000109")),
        ("sp_mchid", json!(null)),
        ("sp_appid", json!("wx1")),
        ("sp_appid", json!(null)),
        ("sub_appid", json!("wx1")),
    ] {
        let mut other = ours.clone();
        other[field] = value.clone();
        check(&account, other, Some((field, value.as_str().unwrap_or_default())));
    }
    // It is there only if the order named it.
    let mut unnamed = ours.clone();
    unnamed.as_object_mut().unwrap().remove("sub_appid");
    check(&account, unnamed, None);
    let direct = json!({ "appid": "wx8888888888888888", "mchid": "1900007291" });
    check(&account, direct, Some(("sp_mchid", "")));
}

#[test]
fn the_application_that_opens_the_wallet() {
    let check = |account: &Account, method, sp: &str, sub: &str, opener: &str| {
        let Party::Partner { sp_appid, sub_appid, .. } = account.party(method) else { panic!() };
        assert_eq!((sp_appid, sub_appid, account.opener(method)), (sp, Some(sub), opener));
    };
    let (sp, sub) = ("wx8888888888888888", "wxd678efh567hg6787");
    let mut account = partner();
    check(&account, Method::Jsapi, sp, sub, sub);
    check(&account, Method::MiniProgram, sp, MINI, MINI);
    check(&account, Method::App, sp, OPEN, OPEN);
    account.sub.as_mut().unwrap().openid_of = OpenidOf::Sp;
    check(&account, Method::Jsapi, sp, sub, sp);
    check(&account, Method::MiniProgram, MINI, sub, MINI);
    check(&account, Method::App, OPEN, sub, OPEN);
    account.sub.as_mut().unwrap().app_id = None;
    let Party::Partner { sub_appid, .. } = account.party(Method::Qr) else { panic!() };
    assert_eq!(sub_appid, None);
}

/// A till's answer may lack the application; it may not name another, nor another merchant.
#[test]
fn what_a_till_may_leave_out() {
    let account = account();
    let check = |value, mismatched: bool| {
        assert_eq!(named(value).answer_mismatch(&account).is_some(), mismatched);
    };
    check(json!({ "mchid": "1900000109" }), false);
    check(json!({ "mchid": "1900000109", "appid": "wx1" }), true);
    check(json!({ "mchid": "1900000110" }), true);
    check(json!({ "appid": "wx0123456789abcdef" }), true);
}
