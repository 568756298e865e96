//! One trace over the whole trip of a payment, as a collector sees it; and payments without one.

mod collector;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use tokio::time::Instant;

use super::order::{Order, wish};
use collector::{Collector, Seen};

const TOKEN: &str = "Bearer otlp-token-of-the-tests";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn setup(collector: &Collector, more: &str) -> Setup {
    let endpoint = collector.address;
    Setup {
        more: format!(
            "\n[traces]\nendpoint = \"http://{endpoint}/v1/traces\"\n\
             headers = [\"file:keys/otlp-header.txt\"]\n{more}\n"
        ),
        secrets: vec![("otlp-header.txt", format!("Authorization: {TOKEN}\n"))],
        ..Setup::default()
    }
}

/// Asks for a payment as a merchant does that keeps traces.
async fn asked(rig: &Rig, order_no: &str, traceparent: &str) -> Answer {
    let request = http::Request::post(format!("{}/v1/payments", rig.api.base))
        .header("authorization", format!("Bearer {}", rig.api.api_key))
        .header("content-type", "application/json")
        .header("idempotency-key", order_no)
        .header("traceparent", traceparent);
    let wish = wish(Channel::Alipay, order_no, "Jasmine tea for payer-4711").to_string();
    let request = request.body(Full::new(Bytes::from(wish))).expect("well-formed");
    rig.http.send(request).await.expect("the gateway answers")
}

async fn paid(rig: &Rig, order_no: &str, traceparent: &str) {
    let answer = asked(rig, order_no, traceparent).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let payment = answer.json();
    let number = payment["attempt"]["out_trade_no"].as_str().unwrap_or_default();
    assert!(rig.sandbox.pay(Channel::Alipay, number).is_ok());
    rig.shop.hears("payment.succeeded", order_no).await;
}

fn one<'a>(seen: &'a [Seen], name: &str, key: &str, value: &str) -> Option<&'a Seen> {
    let has = |it: &&Seen| it.attributes.get(key).is_some_and(|it| it == value);
    seen.iter().filter(|it| it.name == name).find(has)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_trace_leads_through_the_whole_trip() {
    let collector = Collector::open(TOKEN).await;
    let rig = Rig::start(setup(&collector, "sample_permille = 0")).await;
    paid(&rig, "traced", &format!("00-{TRACE}-{SPAN}-01")).await;
    // Neither is kept: the merchant said so of one, and chance of the other.
    paid(&rig, "unkept", &format!("00-11111111111111111111111111111111-{SPAN}-00")).await;
    Order::paid(&rig, Channel::Alipay, "alone").await;

    let whole = async || {
        let seen = collector.seen();
        let delivered = one(&seen, "delivery", "outcome", "acknowledged").is_some();
        (delivered && one(&seen, "notification", "outcome", "applied").is_some()).then_some(seen)
    };
    let seen = until("the collector has the whole trip", whole).await;
    assert!(seen.iter().all(|it| it.trace == TRACE), "{seen:#?}");
    let request = one(&seen, "request", "http.route", "/v1/payments").expect("the request");
    assert_eq!((request.parent.as_str(), request.attributes["merchant"].as_str()), (SPAN, "tests"));
    let call = one(&seen, "channel call", "operation", "pay").expect("the call");
    assert_eq!((&call.parent, call.attributes["outcome"].as_str()), (&request.id, "accepted"));
    let notification = one(&seen, "notification", "outcome", "applied").expect("it was told");
    assert_eq!(notification.parent, request.id);
    let commits = |parent: &Seen| {
        seen.iter().filter(|it| it.name == "commit" && it.parent == parent.id).count()
    };
    assert!(commits(request) >= 2 && commits(notification) == 1, "{seen:#?}");
    let delivery = one(&seen, "delivery", "outcome", "acknowledged").expect("it was delivered");
    let task = one(&seen, "task", "task", "deliver").expect("by a task");
    assert_eq!((&delivery.parent, &task.parent), (&task.id, &request.id));

    // The merchant's own spans hang below the delivery.
    let heard = rig.shop.of("payment.succeeded", "traced");
    assert_eq!(heard[0].traceparent, format!("00-{TRACE}-{}-01", delivery.id));
    assert_eq!(rig.shop.of("payment.succeeded", "unkept")[0].traceparent, "");
    let told = format!("{seen:?}");
    for secret in [&rig.api.api_key, "Jasmine", "4711", "888", "otlp-token"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(!rig.logs().contains("otlp-token"), "a header is in the log");
    let sent = rig.metrics().await.sum("paymux_spans_total", &[("outcome", "sent")]);
    assert!(sent >= seen.len() as u64, "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_delays_no_payment() {
    let collector = Collector::open(TOKEN).await;
    let rig = Rig::start(setup(&collector, "sample_permille = 1000")).await;
    Order::paid(&rig, Channel::Alipay, "before").await;
    let begun = async || (!collector.seen().is_empty()).then_some(());
    until("traces that nobody began are kept", begun).await;
    collector.hang();
    let begun = Instant::now();
    for number in 0..10 {
        Order::placed(&rig, Channel::Alipay, &format!("meanwhile-{number}")).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let counted = async || {
        let metrics = rig.metrics().await;
        (metrics.sum("paymux_spans_total", &[("outcome", "refused")]) > 0).then_some(())
    };
    until("what the collector did not take is counted", counted).await;
}
