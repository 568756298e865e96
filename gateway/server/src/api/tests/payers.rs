//! Who the payer is, as far as it is said before a channel is asked.

use super::rig::{Line, Rig};

const URL: &str = "/v1/payers/identify-url";
const IDENTIFY: &str = "/v1/payers/identify";
const CODE: &str = "4b203fe6c11548bcabd8da5bb087a83b";

#[tokio::test]
async fn a_url_needs_a_place_a_way_back_and_a_state() {
    let rig = Rig::new();
    let check = async |body: &str, expect: &str, pointers: &[&str]| {
        let reply = rig.post(URL, "k", body.to_owned()).await;
        assert_eq!(reply.outcome(), expect, "{body}");
        assert_eq!(reply.pointers(), pointers, "{body}");
    };
    let back = r#""redirect_url":"https://shop.example/who","state":"a1""#;
    check(&format!(r#"{{"account":"nobody",{back}}}"#), "404 not-found", &[]).await;
    check(&format!(r#"{{"channel":"wechat",{back}}}"#), "422 no-route", &[]).await;
    check(
        &format!(r#"{{"account":"ali","channel":"alipay",{back}}}"#),
        "400 invalid-field",
        &["/account"],
    )
    .await;
    check("{}", "400 invalid-field", &["/account", "/redirect_url", "/state"]).await;
    let wrong = r#"{"account":"ali","redirect_url":"javascript:1","state":"a b"}"#;
    check(wrong, "400 invalid-field", &["/redirect_url", "/state"]).await;
    let told = rig.post(URL, "k", format!(r#"{{"account":"ali",{back}}}"#)).await;
    assert_eq!((told.outcome().as_str(), told.text("/channel").as_str()), ("200", "alipay"));
    let url = told.text("/url");
    assert!(url.contains("redirect_uri=https%3A%2F%2Fshop.example%2Fwho&state=a1"), "{url}");
}

#[tokio::test]
async fn a_code_is_checked_before_it_is_sent_and_never_told() {
    let rig = Rig::new();
    let check = async |body: &str, expect: &str, pointers: &[&str]| {
        let reply = rig.post(IDENTIFY, "k", body.to_owned()).await;
        assert_eq!(reply.outcome(), expect, "{body}");
        assert_eq!(reply.pointers(), pointers, "{body}");
        assert!(!reply.json().to_string().contains(CODE), "{:?}", reply.body);
    };
    check(r#"{"account":"ali"}"#, "400 invalid-field", &["/code"]).await;
    check(r#"{"account":"ali","code":"a b"}"#, "400 invalid-field", &["/code"]).await;
    check(r#"{"account":"ali","code":"a/b"}"#, "422 channel-unfit", &["/code"]).await;
    let method = r#"{"account":"ali","method":"qr","code":"1"}"#;
    check(method, "400 invalid-field", &["/method"]).await;
    let ask = format!(r#"{{"account":"ali","code":"{CODE}"}}"#);
    rig.line(Line::Spent);
    check(&ask, "429 too-many-requests", &[]).await;
    rig.line(Line::Down);
    check(&ask, "503 channel-unavailable", &[]).await;
    rig.line(Line::Silent);
    check(&ask, "504 channel-silent", &[]).await;
    check(&format!(r#"{{"channel":"alipay","code":"{CODE}"}}"#), "422 no-route", &[]).await;
}
