pub(crate) mod tls;

use std::time::Duration;

use bytes::Bytes;
use paymux_channel::{Request, Response};
use paymux_engine::flow::call::OperationName;
use paymux_engine::outbound::{CallError, response};
use rustls::RootCertStore;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::*;

fn request() -> Request {
    http::Request::new(Bytes::new())
}

fn answering(
    answer: Result<u16, CallError>,
) -> impl Service<Request, Response = Response, Error = CallError, Future: Send> + Clone + Send {
    service_fn(move |_: Request| async move { answer.map(|status| response(status, "")) })
}

async fn ask(
    stack: &(impl Service<Request, Response = Response, Error = CallError> + Clone),
) -> Result<u16, CallError> {
    stack.clone().oneshot(request()).await.map(|it| it.status().as_u16())
}

async fn ask_for(
    stack: &(impl Service<Request, Response = Response, Error = CallError> + Clone),
    operation: &'static str,
) -> Result<u16, CallError> {
    let mut request = request();
    request.extensions_mut().insert(OperationName(operation));
    stack.clone().oneshot(request).await.map(|it| it.status().as_u16())
}

fn breaker(failures: u32) -> GateLayer<Breaker> {
    let pause = Duration::from_secs(10);
    let rules = Rules { failures, ratio: 100, pause, probes: 1 };
    GateLayer::new(Arc::new(Breaker::new(rules, prometheus::IntGauge::new("b", "b").unwrap())))
}

#[tokio::test(start_paused = true)]
async fn the_breaker_shuts_after_failures_and_probes_with_one_call() {
    let layer = breaker(2);
    let (good, bad) = (layer.layer(answering(Ok(200))), layer.layer(answering(Ok(502))));
    assert_eq!(ask(&bad).await, Ok(502));
    assert_eq!(ask(&good).await, Ok(200), "one failure is not a row");
    assert_eq!(ask(&bad).await, Ok(502));
    assert_eq!(ask(&bad).await, Ok(502));
    assert_eq!(ask(&good).await, Err(CallError::Shut));
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(ask(&bad).await, Ok(502), "the probe passes");
    assert_eq!(ask(&good).await, Err(CallError::Shut), "and shuts it again");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(ask(&good).await, Ok(200));
    assert_eq!(ask(&good).await, Ok(200), "it is open");
}

/// Who the payer is and an application's token are asked of another service than payments.
#[tokio::test(start_paused = true)]
async fn an_open_platform_shuts_and_opens_no_way_to_pay() {
    let layer = breaker(1);
    let (good, bad) = (layer.layer(answering(Ok(200))), layer.layer(answering(Ok(502))));
    for name in ["identify", "app_token", "raw"] {
        for _ in 0..3 {
            assert_eq!(ask_for(&bad, name).await, Ok(502));
        }
        assert_eq!(ask(&good).await, Ok(200), "{name} does not shut it");
    }
    assert_eq!(ask_for(&bad, "pay").await, Ok(502));
    for name in ["identify", "app_token", "raw"] {
        assert_eq!(ask(&good).await, Err(CallError::Shut));
        assert_eq!(ask_for(&good, name).await, Ok(200), "nor is it stopped");
    }
    assert_eq!(ask(&good).await, Err(CallError::Shut), "nor does it open it");
}

/// Whether one such answer shuts a breaker that one failure shuts.
#[tokio::test(start_paused = true)]
async fn what_counts_against_a_channel() {
    let check = async |answer: Result<u16, CallError>, counts: bool| {
        let layer = breaker(1);
        assert_eq!(ask(&layer.layer(answering(answer))).await, answer);
        let next = ask(&layer.layer(answering(Ok(200)))).await;
        let expect = if counts { Err(CallError::Shut) } else { Ok(200) };
        assert_eq!(next, expect, "{answer:?}");
    };
    for status in [200, 204, 302, 400, 401, 403, 404, 409, 429] {
        check(Ok(status), false).await;
    }
    for status in [500, 502, 503, 504] {
        check(Ok(status), true).await;
    }
    for refusal in [CallError::Quota, CallError::Shed, CallError::Shut] {
        check(Err(refusal), false).await;
    }
    for failure in [CallError::Connect, CallError::Deadline, CallError::Broken, CallError::TooLarge]
    {
        check(Err(failure), true).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_built_anew_keeps_the_breaker_and_takes_the_new_rules() {
    crate::install_crypto();
    let ((metrics, states), roots) = (states(), Arc::new(RootCertStore::empty()));
    let gauge = metrics.breaker.with_label_values(&["ali"]);
    let limits = Limits { breaker_failures: 2, breaker_probes: 1, ..limits() };
    let state = states.of(&account(), &limits);
    let dead = || http::Request::get("http://127.0.0.1:1/").body(Bytes::new()).unwrap();
    let stack = outbound(&limits, &roots, None, &state);
    assert_eq!(stack.oneshot(dead()).await.unwrap_err(), CallError::Connect);
    assert_eq!((state.health(), gauge.get()), (Health::Fit, 0));
    let state = states.of(&account(), &limits);
    let stack = outbound(&limits, &roots, None, &state);
    assert_eq!(stack.oneshot(dead()).await.unwrap_err(), CallError::Connect);
    assert_eq!((state.health(), gauge.get()), (Health::Shut, 2));
    assert_eq!(state.shut_for(), limits.breaker_pause);
    assert_eq!(states.of(&"other".parse().unwrap(), &limits).health(), Health::Fit);
    let stack = outbound(&limits, &roots, None, &state);
    assert_eq!(stack.oneshot(dead()).await.unwrap_err(), CallError::Shut);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((state.health(), state.shut_for()), (Health::Probation, Duration::ZERO));
    let other = Limits { breaker_pause: Duration::from_secs(600), ..limits };
    let stack = outbound(&other, &roots, None, &state);
    assert_eq!(stack.oneshot(dead()).await.unwrap_err(), CallError::Connect);
    tokio::time::advance(Duration::from_secs(599)).await;
    assert_eq!((state.health(), state.shut_for()), (Health::Shut, Duration::from_secs(1)));
}

#[tokio::test]
async fn every_refusal_of_ours_is_known_unsent() {
    let (account, counting) = (account(), Counting { shared: None, nodes: 1 });
    let once = Rates::new([(TOTAL, 1)]);
    let quota = Quotas::new(account, counting, &once, Arc::new(Metrics::new()));
    let limited = GateLayer::new(Arc::new(quota)).layer(answering(Ok(200)));
    assert_eq!(ask(&limited).await, Ok(200));
    assert_eq!(ask(&limited).await, Err(CallError::Quota));
    let full =
        GateLayer::new(Arc::new(Room(Arc::new(Semaphore::new(0))))).layer(answering(Ok(200)));
    assert_eq!(ask(&full).await, Err(CallError::Shed));
    for refusal in [CallError::Quota, CallError::Shed, CallError::Shut, CallError::Connect] {
        assert!(refusal.never_sent(), "{refusal}");
    }
    for doubt in [CallError::Deadline, CallError::Broken, CallError::TooLarge] {
        assert!(!doubt.never_sent(), "{doubt}");
    }
}

fn account() -> AccountId {
    "ali".parse().unwrap()
}

fn states() -> (Arc<Metrics>, States) {
    let (metrics, counting) = (Arc::new(Metrics::new()), Counting { shared: None, nodes: 1 });
    (Arc::clone(&metrics), States::new(counting, metrics))
}

fn limits() -> Limits {
    Limits {
        rates: Rates::new([(TOTAL, 1000)]),
        concurrency: 8,
        connect_timeout: Duration::from_secs(1),
        deadline: Duration::from_millis(300),
        breaker_failures: 100,
        breaker_ratio: 100,
        breaker_pause: Duration::from_secs(1),
        breaker_probes: 1,
    }
}

/// A server that reads one request's head and then does as told.
async fn server(answer: &'static [u8], hang: bool) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 1024]).await;
            let _ = socket.write_all(answer).await;
            if hang {
                std::future::pending::<()>().await;
            }
        }
    });
    format!("http://{address}/")
}

async fn call(url: &str) -> Result<Response, CallError> {
    let request = http::Request::post(url).body(Bytes::from_static(b"{}")).unwrap();
    let roots = Arc::new(RootCertStore::empty());
    let state = states().1.of(&account(), &limits());
    outbound(&limits(), &roots, None, &state).oneshot(request).await
}

#[tokio::test]
async fn what_happened_on_the_wire_decides_what_may_have_been_sent() {
    crate::install_crypto();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    assert_eq!(call(&refused).await.unwrap_err(), CallError::Connect);
    assert_eq!(call(&server(b"", false).await).await.unwrap_err(), CallError::Broken);
    assert_eq!(call(&server(b"", true).await).await.unwrap_err(), CallError::Deadline);
    let partial = server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", false).await;
    assert_eq!(call(&partial).await.unwrap_err(), CallError::Broken);
    let huge = server(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", true).await;
    let error = call(&huge).await.unwrap_err();
    assert!(matches!(error, CallError::TooLarge | CallError::Deadline), "{error}");
    let redirect = server(b"HTTP/1.1 302 F\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n", false);
    assert_eq!(call(&redirect.await).await.unwrap().status(), 302, "never followed");
    let tls = refused.replace("http://", "https://");
    assert_eq!(call(&tls).await.unwrap_err(), CallError::Connect);
}
