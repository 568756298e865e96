//! Who may ask, and for what.

use axum::body::Body;
use http::{HeaderValue, Method, Request};

use super::rig::{OTHER, Reply, Rig, SHOP};

async fn with(rig: &Rig, path: &str, values: &[&[u8]]) -> Reply {
    let mut request = Request::get(path).header("x-request-id", "same");
    for value in values {
        request = request.header("authorization", HeaderValue::from_bytes(value).unwrap());
    }
    rig.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_answer_for_every_reason() {
    let rig = Rig::new();
    let bearer = format!("Bearer {SHOP}");
    let (swapped, long) = (bearer.to_uppercase(), format!("Bearer {}", "x".repeat(257)));
    let cases: &[&[&[u8]]] = &[
        &[],
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Bearer wrong"],
        &[b"Basic c2hvcDp4"],
        &[SHOP.as_bytes()],
        &[bearer.as_bytes(), bearer.as_bytes()],
        &[swapped.as_bytes()],
        &[long.as_bytes()],
        &[b"Bearer \xff\xfe"],
        &[&bearer.as_bytes()[..bearer.len() - 1]],
        &[format!("Bearer  {SHOP}").leak().as_bytes()],
    ];
    let first = with(&rig, "/v1/payments", &[]).await;
    assert_eq!(first.outcome(), "401 unauthenticated");
    assert_eq!(first.header("www-authenticate").split(", ").next(), Some("Bearer"));
    for case in cases {
        let reply = with(&rig, "/v1/payments", case).await;
        assert_eq!((reply.status, &reply.body), (first.status, &first.body), "{case:?}");
        assert_eq!(reply.headers, first.headers, "{case:?}");
    }
}

#[tokio::test]
async fn every_key_of_a_merchant_opens() {
    let rig = Rig::new();
    for value in [format!("Bearer {SHOP}"), format!("bearer {SHOP}-old"), format!("BEARER {OTHER}")]
    {
        let reply = with(&rig, "/v1/payments", &[value.as_bytes()]).await;
        assert_eq!(reply.outcome(), "200");
    }
}

#[tokio::test]
async fn no_route_of_the_api_is_open() {
    let rig = Rig::new();
    for (method, path) in [
        (Method::POST, "/v1/payments"),
        (Method::GET, "/v1/payments"),
        (Method::GET, "/v1/payments/x"),
        (Method::POST, "/v1/payments/x/close"),
        (Method::POST, "/v1/payments/x/refunds"),
        (Method::GET, "/v1/payments/x/refunds"),
        (Method::GET, "/v1/payments/x/timeline"),
        (Method::GET, "/v1/refunds/x"),
        (Method::GET, "/v1/events"),
        (Method::GET, "/v1/events/x"),
        (Method::HEAD, "/v1/events"),
    ] {
        let request = Request::builder().method(method.clone()).uri(path);
        let reply = rig.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn a_strangers_ids_are_unknown_ids() {
    let rig = Rig::new();
    let id = rig.paid("A-1").await;
    let refund = r#"{"refund_no":"R-1","amount":1,"currency":"CNY"}"#;
    let refunds = format!("/v1/payments/{id}/refunds");
    let refund_id = rig.post(&refunds, "k", refund).await.text("/id");
    let event_id = rig.get("/v1/events").await.text("/data/0/id");
    for path in [
        format!("/v1/payments/{id}"),
        format!("/v1/payments/{id}/timeline"),
        format!("/v1/refunds/{refund_id}"),
        format!("/v1/events/{event_id}"),
        refunds.clone(),
    ] {
        assert_eq!(rig.get(&path).await.outcome(), "200", "{path}");
        let stranger = rig.get_as(OTHER, &path).await;
        assert_eq!(stranger.outcome(), "404 not-found", "{path}");
        // And it looks like an id that nobody has.
        let nobodys = path.replace(&id[4..20], "0000000000000000");
        let nobodys = nobodys.replace(&refund_id[4..20], "0000000000000000");
        let nobodys = rig.get_as(OTHER, &nobodys).await;
        assert_eq!(nobodys.text("/detail"), stranger.text("/detail"), "{path}");
    }
    for path in ["/v1/payments", "/v1/payments?order_no=A-1", "/v1/events"] {
        assert_eq!(rig.get_as(OTHER, path).await.text("/data"), "[]", "{path}");
    }
    for (path, body) in [(refunds, refund), (format!("/v1/payments/{id}/close"), "")] {
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {OTHER}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(Body::from(body));
        assert_eq!(rig.send(request.unwrap()).await.outcome(), "404 not-found", "{path}");
    }
}
