//! Strangers who take their time, on every listener and with both versions of HTTP.

use std::time::Duration;

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::rig::Rig;
use tokio::time::{Instant, interval, timeout};

use super::frames::{Frames, INITIAL_WINDOW};
use super::wire::{Wire, ask, bearer, create, order};

const PACE: Duration = Duration::from_millis(50);
/// More than any of these limits, and less than a stranger would like.
const SOON: Duration = Duration::from_secs(12);

fn setup() -> Setup {
    let limits = "header_timeout = \"1s\"\nbody_timeout = \"1s\"\nidle_timeout = \"1s\"";
    Setup { limits, ..Setup::default() }
}

/// Every one to its end, all at once; the first that fails fails the test.
async fn all(checks: impl IntoIterator<Item = impl Future<Output = ()> + Send + 'static>) {
    let running: tokio::task::JoinSet<()> = checks.into_iter().collect();
    running.join_all().await;
}

/// Sends `begin`, and then a byte now and then, until the gateway has had enough.
async fn dribble(port: u16, begin: &str) -> String {
    let mut wire = Wire::open(port).await;
    wire.send(begin).await;
    let (begun, mut pace) = (Instant::now(), interval(PACE));
    let (mut reader, mut writer) = wire.stream.split();
    let mut answer = vec![];
    let reading = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut answer);
    let writing = async {
        loop {
            pace.tick().await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut writer, b"a").await;
        }
    };
    tokio::select! {
        _ = timeout(SOON, reading) => {}
        () = writing => {}
    }
    assert!(begun.elapsed() < SOON, "{begin:?} is waited for");
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

/// Where nobody reads there is no room, and that is all.
fn is_open(written: std::io::Result<usize>) -> bool {
    written.map_or_else(|it| it.kind() == std::io::ErrorKind::WouldBlock, |_| true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a18_nobody_is_waited_for_without_end() {
    let rig = Rig::start(setup()).await;
    let [public, admin, ops] = rig.node.ports;
    let head = |line: &str| format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ");
    let whole = |line: &str, fields: &str| {
        format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: 60000\r\n\r\n")
    };
    let bearer = format!("{}Content-Type: application/json\r\nIdempotency-Key: k\r\n", bearer());
    let signed = "Authorization: PAYMUX-HMAC-SHA256 merchant_id=\"tests\"\r\n";
    let late = "HTTP/1.1 408 Request Timeout";
    let begins = [
        (public, String::new(), ""),
        (public, head("GET /v1/payments"), ""),
        (admin, head("GET /status"), ""),
        (ops, head("GET /metrics"), ""),
        (public, whole("POST /v1/payments", &bearer), late),
        (public, whole("POST /v1/payments", signed), late),
        (public, whole(&format!("POST /notify/{ALIPAY}"), ""), late),
    ];
    let checks = begins.map(|(port, begin, expect)| async move {
        assert_eq!(dribble(port, &begin).await, expect, "{begin:?}");
    });
    // All of them at once, and somebody in a hurry meanwhile.
    let hurry = async { assert_eq!(rig.api.get("/v1/payments").await.status, 200) };
    tokio::join!(all(checks), hurry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a18_who_does_not_read_the_answer_is_left() {
    let rig = Rig::start(setup()).await;
    let mut wire = Wire::open(rig.node.ports[0]).await;
    let many = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500);
    let left = async {
        let mut pace = interval(PACE);
        wire.send(&many).await;
        while is_open(wire.stream.try_write(b"\r\n")) {
            pace.tick().await;
        }
    };
    timeout(SOON, left).await.expect("the gateway closes what nobody reads");
    let mut frames = Frames::open(rig.node.ports[0], &[(INITIAL_WINDOW, 0)]).await;
    for stream in 0..32 {
        frames.get(2 * stream + 1, "/openapi.json").await;
    }
    timeout(SOON, frames.wire.rest()).await.expect("the gateway closes what nobody reads");
}

/// Each announces as much as there may be; together more than there is memory for.
#[tokio::test(flavor = "multi_thread")]
async fn a18_bodies_that_do_not_come_keep_nobody_out() {
    let rig = Rig::start(Setup { limits: "body_timeout = \"1m\"", ..Setup::default() }).await;
    let placed = ask(&rig, create("k", order("order_no", "\"among\""))).await.json();
    let mut crowd = vec![];
    for _ in 0..44 {
        let mut frames = Frames::open(rig.node.ports[0], &[]).await;
        for stream in 0..30 {
            let path = format!("/notify/{ALIPAY}");
            frames.post(2 * stream + 1, &path, 65_536, b"a").await;
        }
        crowd.push(frames);
    }
    let full = async || {
        let metrics = rig.metrics().await;
        (metrics.sum("paymux_http_requests_in_flight", &[]) > 1200).then_some(())
    };
    paymux_tests::wait::within(Duration::from_secs(4), full).await.expect("all of them wait");
    let number = placed["attempt"]["out_trade_no"].as_str().unwrap_or_default();
    assert!(rig.sandbox.pay(Channel::Alipay, number).is_ok());
    let taken = async || {
        let labels = [("account", ALIPAY), ("outcome", "applied")];
        (rig.metrics().await.sum("paymux_notifications_total", &labels) > 0).then_some(())
    };
    let taken = paymux_tests::wait::within(Duration::from_secs(4), taken).await;
    taken.expect("the news of money is taken among them");
    drop(crowd);
}
