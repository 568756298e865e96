//! The ops listener's answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use paymux_core::Timestamp;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{APART, Ops, Vitals, is_confirmed, is_near};
use crate::api::tests::problems::Broken;
use crate::api::tests::rig::{NOW, Reply, Rig, gateway};
use crate::worker::Pulse;

async fn get(router: &Router, path: &str) -> Reply {
    let request = Request::get(path).body(Body::empty()).unwrap();
    Reply::of(router.clone().oneshot(request).await.unwrap()).await
}

/// With a worker that last looked at the store when time began.
fn ops(rig: &Rig, stale_after: Duration, stopping: &CancellationToken) -> Router {
    let pulse = Some(Arc::new(Pulse::default()));
    let stopping = stopping.clone();
    let writes = Arc::default();
    Ops::new(&rig.gateway, Vitals { pulse, stale_after, writes, stopping }).into_service()
}

#[tokio::test]
async fn readiness_names_what_fails() {
    let (rig, stopping) = (Rig::new(), CancellationToken::new());
    let check = async |stale_after: Duration, status: u16, body: &str| {
        let router = ops(&rig, stale_after, &stopping);
        let reply = get(&router, "/readyz").await;
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (status, body.as_bytes()));
        assert_eq!(get(&router, "/livez").await.status, 200);
    };
    let silence = NOW.since(Timestamp::default());
    check(silence, 200, r#"{"ready":true,"failing":[]}"#).await;
    let late = silence - Duration::from_millis(1);
    check(late, 503, r#"{"ready":false,"failing":["worker"]}"#).await;
    stopping.cancel();
    check(silence, 503, r#"{"ready":false,"failing":["stopping"]}"#).await;
    check(late, 503, r#"{"ready":false,"failing":["stopping","worker"]}"#).await;
}

#[tokio::test]
async fn a_store_that_fails_takes_no_traffic() {
    let gateway = gateway(Broken, &Arc::default(), &Arc::default());
    let (writes, stopping) = (Arc::default(), CancellationToken::new());
    let vitals = Vitals { pulse: None, stale_after: Duration::MAX, writes, stopping };
    let router = Ops::new(&gateway, vitals).into_service();
    // The worker is not missed where none was asked for.
    let reply = get(&router, "/readyz").await;
    assert_eq!(&reply.body[..], br#"{"ready":false,"failing":["store"]}"#);
    assert_eq!((reply.status.as_u16(), get(&router, "/metrics").await.status.as_u16()), (503, 200));
}

#[tokio::test]
async fn metrics_count_the_backlog_of_now() {
    let rig = Rig::new();
    rig.page("A-1").await;
    let reply = get(&ops(&rig, Duration::MAX, &CancellationToken::new()), "/metrics").await;
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(text.contains("\npaymux_tasks_open 1\n") && text.contains("\npaymux_tasks_due 0\n"));
    assert!(text.contains(r#"paymux_http_requests_total{route="/v1/payments",status="201"} 1"#));
}

#[test]
fn a_third_clock_says_whose_is_wrong() {
    let late = NOW.after(APART + Duration::from_millis(1));
    assert!(is_near(NOW, NOW.after(APART)) && is_near(NOW.after(APART), NOW));
    assert!(!is_near(NOW, late) && !is_near(late, NOW));
    assert!(is_confirmed(NOW, Some(NOW)) && !is_confirmed(NOW, Some(late)));
    assert!(!is_confirmed(NOW, None));
}
