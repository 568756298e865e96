//! The layers, each by what only it does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::{Method, Request};
use paymux_engine::access::{Access, Rate};
use paymux_store::guard::LocalGuard;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::Public;
use super::deadline::{self, Deadline};
use super::finish::{self, Finish};
use super::room::{self, Room};
use crate::api::tests::rig::{OTHER, Reply, Rig, SHOP, ask, limits, never, order};

async fn send(router: &Router, request: Request<Body>) -> Reply {
    Reply::of(router.clone().oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn a_panic_is_a_problem_with_a_line_and_a_name() {
    let rig = Rig::new();
    async fn handler() {
        panic!("on purpose");
    }
    let layer = from_fn_with_state(Finish(rig.begun.clone()), finish::begun);
    // Read and changed: the second one panics in a task of its own.
    let routes = Router::new().route("/x", get(handler).post(handler)).route_layer(layer);
    let router = Public::of(&rig.gateway, routes).into_service();
    for request in [Request::get("/x"), Request::post("/x")] {
        let reply = send(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.outcome(), "500 internal");
    }
    let text = rig.gateway.metrics.text();
    assert!(text.contains(r#"paymux_http_requests_total{route="/x",status="500"} 2"#), "{text}");
    assert!(text.contains(r#"paymux_problems_total{type="internal"} 2"#), "{text}");
}

#[tokio::test]
async fn labels_are_templates_and_never_paths() {
    let rig = Rig::new();
    for number in 0..3 {
        rig.get(&format!("/v1/payments/{number}")).await;
        rig.get(&format!("/nowhere/{number}")).await;
    }
    let text = rig.gateway.metrics.text();
    for line in [
        r#"paymux_http_requests_total{route="/v1/payments/{id}",status="404"} 3"#,
        r#"paymux_http_requests_total{route="unmatched",status="404"} 3"#,
        r#"paymux_problems_total{type="not-found"} 6"#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_answers_and_the_work_goes_on() {
    let rig = Rig::new();
    let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (wait, tell) = (Arc::clone(&go), Arc::clone(&done));
    let handler = async move || {
        wait.notified().await;
        tell.notify_one();
    };
    let layers = tower::ServiceBuilder::new()
        .layer(from_fn_with_state(Deadline(Duration::from_secs(1)), deadline::keep))
        .layer(from_fn_with_state(Finish(rig.begun.clone()), finish::begun));
    let routes = Router::new().route("/x", post(handler)).route_layer(layers);
    let router = Public::of(&rig.gateway, routes).into_service();
    let asked = tokio::time::Instant::now();
    let reply = send(&router, Request::post("/x").body(Body::empty()).unwrap()).await;
    assert_eq!((reply.outcome().as_str(), asked.elapsed().as_secs()), ("504 timeout", 1));
    assert_eq!(rig.begun.len(), 1);
    go.notify_one();
    done.notified().await;
    rig.begun.close();
    rig.begun.wait().await;
}

#[tokio::test]
async fn who_finds_no_place_is_told_at_once() {
    let rig = Rig::new();
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go));
    let handler = async move || {
        tell.notify_one();
        wait.notified().await;
    };
    let room = from_fn_with_state(Room::new(1), room::enter);
    let routes = Router::new().route("/x", get(handler)).route_layer(room);
    let router = Public::of(&rig.gateway, routes).into_service();
    let request = || Request::get("/x").body(Body::empty()).unwrap();
    let first = tokio::spawn(router.clone().oneshot(request()));
    begun.notified().await;
    let full = send(&router, request()).await;
    assert_eq!((full.outcome().as_str(), full.header("retry-after")), ("503 overloaded", "1"));
    go.notify_one();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    go.notify_one();
    assert_eq!(send(&router, request()).await.outcome(), "200");
}

#[tokio::test]
async fn merchants_and_channels_have_places_of_their_own() {
    let full =
        |requests, notifications| Rig::with(super::Limits { requests, notifications, ..limits() });
    let no_requests = full(0, 1);
    let reply = no_requests.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(reply.outcome(), "503 overloaded");
    let reply = no_requests.send(Request::post("/notify/ali").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 400);
    let no_notifications = full(1, 0);
    let notify = Request::post("/notify/ali").body(Body::empty()).unwrap();
    assert_eq!(no_notifications.send(notify).await.outcome(), "503 overloaded");
    assert_eq!(no_notifications.get("/v1/payments").await.outcome(), "200");
}

#[tokio::test]
async fn one_merchants_haste_is_its_own() {
    let one = std::num::NonZeroU32::MIN;
    let access = Access { rate: Rate { per_second: one, burst: one }, ..Access::default() };
    let rig = Rig::with_access(limits(), access, Arc::new(LocalGuard::default()));
    assert_eq!(rig.get("/v1/payments").await.outcome(), "200");
    let hasty = rig.get("/v1/payments").await;
    assert_eq!(hasty.outcome(), "429 too-many-requests");
    assert_eq!(hasty.header("retry-after"), "1");
    let notify = Request::post("/notify/ali").body(Body::empty()).unwrap();
    assert_eq!(rig.send(notify).await.status, 400, "a channel is no merchant");
    assert_eq!(rig.get_as(OTHER, "/v1/payments").await.outcome(), "200");
}

/// Collects what is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn one_line_tells_of_a_request_and_of_no_secret() {
    // With two of them alive, callsites that other tests' threads meet first ask both.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true);
    let subscriber = subscriber.with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let rig = Rig::new();
    let body = order("A-1").replace("8888", "0").replace("CNY", "canary-body");
    rig.post("/v1/payments?canary-query=1", "canary-key", body.clone()).await;
    rig.post("/v1/payments", "canary-key", body).await;
    let text = lines.text();
    let answered: Vec<_> = text.lines().filter(|it| it.contains("request.answered")).collect();
    let [_, line] = &answered[..] else { panic!("{text}") };
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "/v1/payments");
    assert_eq!(line["status"], 400);
    assert_eq!(line["merchant"], "shop");
    assert_eq!(line["problem"], "invalid-field");
    assert_eq!(line["request_id"].as_str().unwrap().len(), 32);
    assert!(line["elapsed_ms"].is_number());
    assert!(!text.contains(SHOP) && !text.contains("canary"), "{text}");
}

/// Asks, and goes away before there is an answer.
fn hang_up(router: &Router, request: Request<Body>) {
    let mut asked = Box::pin(router.clone().oneshot(request));
    let waker = std::task::Waker::noop();
    assert!(asked.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
}

#[tokio::test]
async fn what_was_begun_goes_on_when_its_caller_hangs_up() {
    let rig = Rig::new();
    let payment = ask(Method::POST, "/v1/payments").header("idempotency-key", "k");
    let payment = payment.header("content-type", "application/json");
    hang_up(&rig.router, payment.body(never()).unwrap());
    assert_eq!(rig.begun.len(), 1);
    // A notification is begun once it is whole.
    hang_up(&rig.router, Request::post("/notify/ali").body(never()).unwrap());
    assert_eq!(rig.begun.len(), 1);
    hang_up(&rig.router, Request::post("/notify/ali").body(Body::empty()).unwrap());
    assert_eq!(rig.begun.len(), 2);
}

/// Who hangs up has a line too.
#[tokio::test]
async fn an_abandoned_request_is_counted() {
    let rig = Rig::new();
    let handler = async || std::future::pending::<()>().await;
    let routes = Router::new().route("/x", get(handler));
    let router = Public::of(&rig.gateway, routes).into_service();
    hang_up(&router, Request::get("/x").body(Body::empty()).unwrap());
    let line = r#"paymux_http_requests_total{route="/x",status="abandoned"} 1"#;
    assert!(rig.gateway.metrics.text().contains(line));
}
