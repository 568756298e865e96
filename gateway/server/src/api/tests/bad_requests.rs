//! Everything that can be wrong with a request besides its body.

use axum::body::Body;
use http::{Method, Request};

use super::rig::{Rig, ask, order};

/// `name: value` lines on a good request to create a payment.
async fn headers(rig: &Rig, lines: &[(&str, &[u8])]) -> String {
    let mut request = ask(Method::POST, "/v1/payments");
    for (name, value) in lines {
        request = request.header(*name, http::HeaderValue::from_bytes(value).unwrap());
    }
    rig.send(request.body(order("A-1").into()).unwrap()).await.outcome()
}

#[tokio::test]
async fn media_types() {
    let rig = Rig::new();
    let check = async |types: &[&str], expect: &str| {
        let mut lines: Vec<_> = types.iter().map(|it| ("content-type", it.as_bytes())).collect();
        lines.push(("idempotency-key", b"k"));
        assert_eq!(headers(&rig, &lines).await, expect, "{types:?}");
    };
    let refused = "415 unsupported-media-type";
    check(&[], refused).await;
    check(&["text/plain"], refused).await;
    check(&["multipart/form-data; boundary=x"], refused).await;
    check(&["application/x-www-form-urlencoded"], refused).await;
    check(&["application/json; charset=gbk"], refused).await;
    check(&["application/json", "application/json"], refused).await;
    check(&["application/json; charset=utf-8"], "202").await;
    let json = ("content-type", &b"application/json"[..]);
    let zipped = [json, ("idempotency-key", b"z"), ("content-encoding", b"gzip")];
    assert_eq!(headers(&rig, &zipped).await, refused);
}

#[tokio::test]
async fn idempotency_keys() {
    let rig = Rig::new();
    let check = async |keys: &[&[u8]], expect: &str| {
        let mut lines: Vec<_> = keys.iter().map(|it| ("idempotency-key", *it)).collect();
        lines.push(("content-type", b"application/json"));
        assert_eq!(headers(&rig, &lines).await, expect, "{keys:?}");
    };
    let invalid = "400 idempotency-key-invalid";
    check(&[], "400 idempotency-key-missing").await;
    check(&[b""], invalid).await;
    check(&[b"a", b"a"], invalid).await;
    check(&[b"a,b"], invalid).await;
    check(&[b"a b"], invalid).await;
    check(&[b"\"a"], invalid).await;
    check(&[b"\"a\";p=1"], invalid).await;
    check(&[b"\xd6\xd0"], invalid).await;
    check(&["k".repeat(256).as_bytes()], invalid).await;
    check(&[b"\"quoted key\""], "202").await;
}

#[tokio::test]
async fn unknown_routes_and_wrong_methods() {
    let rig = Rig::new();
    let check = async |method: Method, path: &str, expect: &str, allow: &str| {
        let reply = rig.send(ask(method.clone(), path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.outcome(), expect, "{method} {path}");
        assert_eq!(reply.header("allow"), allow, "{method} {path}");
    };
    let unknown = "404 not-found";
    for path in ["/", "/v1", "/v1/payments/", "//v1/payments", "/V1/payments", "/v2/payments"] {
        check(Method::GET, path, unknown, "").await;
    }
    for path in ["/metrics", "/livez", "/readyz", "/status", "/v1/events/a/b", "/notify", "/%2e%2e"]
    {
        check(Method::GET, path, unknown, "").await;
    }
    let wrong = "405 method-not-allowed";
    check(Method::DELETE, "/v1/payments", wrong, "POST,GET,HEAD").await;
    check(Method::PUT, "/v1/payments/x", wrong, "GET,HEAD").await;
    check(Method::TRACE, "/v1/events", wrong, "GET,HEAD").await;
    check(Method::GET, "/v1/payments/x/close", wrong, "POST").await;
    check(Method::POST, "/v1/payments/x/timeline", wrong, "GET,HEAD").await;
    check(Method::GET, "/notify/ali", wrong, "POST").await;
    check(Method::POST, "/return/ali", wrong, "GET,HEAD").await;
}

#[tokio::test]
async fn ids_that_name_nothing() {
    let rig = Rig::new();
    let id = "pay_00000000000000000000000000";
    let refund = "ref_0000000000000000000000000001";
    let event = "evt_000000000000000000000000000001";
    for path in [
        format!("/v1/payments/{id}"),
        format!("/v1/payments/{id}/refunds"),
        format!("/v1/payments/{id}/timeline"),
        format!("/v1/refunds/{refund}"),
        format!("/v1/events/{event}"),
        "/v1/payments/x".into(),
        "/v1/payments/%FF".into(),
        "/v1/payments/%00".into(),
        "/v1/payments/..%2f..".into(),
        "/v1/refunds/x".into(),
        "/v1/events/x".into(),
        "/notify-x/ali".into(),
    ] {
        assert_eq!(rig.get(&path).await.outcome(), "404 not-found", "{path}");
    }
    let close = rig.post(&format!("/v1/payments/{id}/close"), "k", "").await;
    assert_eq!(close.outcome(), "404 not-found");
    let refund = r#"{"refund_no":"R","amount":1,"currency":"CNY"}"#;
    let refund = rig.post(&format!("/v1/payments/{id}/refunds"), "k", refund).await;
    assert_eq!(refund.outcome(), "404 not-found");
}

#[tokio::test]
async fn query_parameters() {
    let rig = Rig::new();
    let check = async |path: &str, name: &str| {
        let reply = rig.get(path).await;
        assert_eq!(reply.outcome(), "400 invalid-query", "{path}");
        assert_eq!(reply.pointers(), [name], "{path}");
    };
    check("/v1/payments?limit=0", "limit").await;
    check("/v1/payments?limit=101", "limit").await;
    check("/v1/payments?limit=-1", "limit").await;
    check("/v1/payments?limit=%2B5", "limit").await;
    check("/v1/payments?limit=05", "limit").await;
    check("/v1/payments?limit=", "limit").await;
    check("/v1/payments?limit=1&limit=1", "limit").await;
    check("/v1/payments?colour=red", "colour").await;
    check("/v1/payments?Limit=1", "Limit").await;
    check("/v1/payments?cursor=x", "cursor").await;
    check("/v1/payments?order_no=a%20b", "order_no").await;
    check("/v1/payments?order_no=%FF", "order_no").await;
    check("/v1/payments?order_no=A&order_no=A", "order_no").await;
    check("/v1/payments?order_no=A&cursor=pay_00000000000000000000000000", "cursor").await;
    check("/v1/events?after=1", "after").await;
    check("/v1/events?after=000000000000000G", "after").await;
    check("/v1/events?after=000000000000000F", "after").await;
    check("/v1/events?after=ffffffffffffffff", "after").await;
    check("/v1/events?after=%2B00000000000000f", "after").await;
    check("/v1/payments/pay_00000000000000000000000000?expand=1", "expand").await;
    let body = order("A-1");
    let reply = rig.post("/v1/payments?dry_run=1", "k", body).await;
    assert_eq!(reply.outcome(), "400 invalid-query");
    assert!(rig.store.tables().payments.is_empty());
}

#[tokio::test]
async fn closing_takes_no_body_or_an_empty_one() {
    let rig = Rig::new();
    let path = format!("/v1/payments/{}/close", rig.page("A-1").await.text("/id"));
    let check = async |media_type: Option<&str>, body: &str, expect: &str| {
        let mut request = ask(Method::POST, &path);
        if let Some(it) = media_type {
            request = request.header("content-type", it);
        }
        let reply = rig.send(request.body(body.to_owned().into()).unwrap()).await;
        assert_eq!(reply.outcome(), expect, "{body}");
    };
    check(None, "{}", "415 unsupported-media-type").await;
    check(Some("application/json"), "[]", "400 malformed-json").await;
    check(Some("application/json"), r#"{"a":1}"#, "400 invalid-field").await;
    check(Some("application/json"), "{}", "202").await;
    check(None, "", "202").await;
}

#[tokio::test]
async fn a_request_is_named_by_its_caller_or_by_us() {
    let rig = Rig::new();
    let check = async |given: &[&str]| {
        let mut request = Request::get("/nowhere");
        for name in given {
            request = request.header("x-request-id", *name);
        }
        let reply = rig.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.outcome(), "404 not-found");
        reply.header("x-request-id").to_owned()
    };
    assert_eq!(check(&["Trace-7"]).await, "Trace-7");
    assert_eq!(check(&[&"x".repeat(64)]).await, "x".repeat(64));
    for bad in [&["a b"][..], &["a_b"], &[""], &["a", "b"], &["\"}"], &[&"x".repeat(65)], &[]] {
        let name = check(bad).await;
        assert!(name.len() == 32 && name.bytes().all(|it| it.is_ascii_hexdigit()), "{name}");
    }
    assert_ne!(check(&[]).await, check(&[]).await);
}
