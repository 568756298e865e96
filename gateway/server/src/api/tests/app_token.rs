//! Who may have the token of an application.

use axum::body::Body;
use http::Request;

use super::rig::{OTHER, Rig};

const PATH: &str = "/v1/accounts/ali/app-token";

#[tokio::test]
async fn a_token_is_told_by_permission_alone() {
    let rig = Rig::new();
    let check = async |path: &str, body: &'static str, expect: &str| {
        assert_eq!(rig.post(path, "k", body).await.outcome(), expect, "{path} {body}");
    };
    check("/v1/accounts/nobody/app-token", "{}", "404 not-found").await;
    check(PATH, r#"{"refresh":true}"#, "400 invalid-field").await;
    // Alipay has no such token, and the other merchant no leave.
    check(PATH, "{}", "422 channel-unfit").await;
    let request = Request::post(PATH).header("authorization", format!("Bearer {OTHER}"));
    let request = request.body(Body::empty()).unwrap();
    assert_eq!(rig.send(request).await.outcome(), "403 app-tokens-not-allowed");
}
