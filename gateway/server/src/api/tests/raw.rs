//! Calls of a channel that the gateway does not model.

use super::rig::{Line, OTHER, Rig};

const PATH: &str = "/v1/accounts/ali/call";
const CALL: &str = r#"{"api":"alipay.trade.query","body":{"out_trade_no":"1"}}"#;

#[tokio::test]
async fn who_may_call_what() {
    let rig = Rig::new();
    let check = async |path: &str, body: &str, expect: &str| {
        assert_eq!(rig.post(path, "k", body.to_owned()).await.outcome(), expect, "{body}");
    };
    check("/v1/accounts/nobody/call", CALL, "404 not-found").await;
    check(PATH, "{}", "400 malformed-json").await;
    check(PATH, r#"{"api":"","body":{}}"#, "400 invalid-field").await;
    check(PATH, r#"{"api":"a b"}"#, "400 invalid-field").await;
    check(PATH, r#"{"api":"a","method":"TRACE"}"#, "400 invalid-field").await;
    check(PATH, r#"{"api":"a","more":1}"#, "400 malformed-json").await;
    check(PATH, r#"{"api":"a","body":{"a":"\ud800"}}"#, "400 malformed-json").await;
    rig.line(Line::Spent);
    check(PATH, CALL, "429 too-many-requests").await;
    rig.line(Line::Down);
    check(PATH, CALL, "503 channel-unavailable").await;
    rig.line(Line::Silent);
    check(PATH, CALL, "504 channel-silent").await;
    // The other merchant has the same account, and no leave.
    let request = http::Request::post(PATH).header("authorization", format!("Bearer {OTHER}"));
    let request = request.header("content-type", "application/json").body(CALL.into()).unwrap();
    assert_eq!(rig.send(request).await.outcome(), "403 raw-calls-not-allowed");
}
