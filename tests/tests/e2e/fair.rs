//! One merchant's endpoints hang and are dead; another merchant does not notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use paymux_sandbox::Channel;
use paymux_tests::api::Api;
use paymux_tests::config::{ALIPAY, OTHER_API_KEY, Setup};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use tokio::net::TcpListener;

use super::order::{Order, wish};

/// More than all places of the worker, at each of the two endpoints.
const TROUBLED: usize = 40;
const HEALTHY: usize = 200;

/// Takes connections and says nothing; counts them.
async fn hanging() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut kept = vec![];
        while let Ok((socket, _)) = listener.accept().await {
            kept.push(socket);
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, taken)
}

fn troubled(hanging: u16, dead: u16) -> String {
    format!(
        r#"
[merchants.troubled]
accounts = ["{ALIPAY}"]
api_keys = ["file:keys/other-api-key.txt"]

[[merchants.troubled.endpoints]]
id = "hangs"
url = "http://127.0.0.1:{hanging}/webhook"
secret = "file:keys/second-secret.txt"
timeout = "30s"

[[merchants.troubled.endpoints]]
id = "dead"
url = "http://127.0.0.1:{dead}/webhook"
secret = "file:keys/third-secret.txt"
schedule = ["0s", "1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s"]
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_dead_endpoint_delays_nobody_else() {
    let ((port, taken), dead) = (hanging().await, paymux_services::ports::free());
    let setup = Setup {
        worker: "poll = \"100ms\"\nconcurrency = 24",
        delivery: "timeout = \"5s\"",
        more: troubled(port, dead),
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    let mut healthy = vec![];
    for number in 0..HEALTHY {
        healthy.push(Order::placed(&rig, Channel::Alipay, &format!("healthy-{number}")).await);
    }
    let api = Api { api_key: OTHER_API_KEY.into(), ..rig.api.clone() };
    for number in 0..TROUBLED {
        let order_no = format!("troubled-{number}");
        let order = wish(Channel::Alipay, &order_no, "Jasmine tea");
        let answer = api.create(&order_no, &order).await.json();
        let number = answer["attempt"]["out_trade_no"].as_str().unwrap_or_default().to_owned();
        assert!(rig.sandbox.pay(Channel::Alipay, &number).is_ok(), "{answer}");
    }
    // It holds what it may hold, and that is not all: 24 places, of which it leaves as many free.
    let holds = async || (taken.load(Ordering::Relaxed) >= 8).then_some(());
    until("the hanging endpoint is being waited for", holds).await;
    healthy.iter().for_each(Order::pay);
    for order in &healthy {
        rig.shop.hears("payment.succeeded", &order.order_no).await;
    }
    // All of this happened before the first of those that hang was given up.
    let metrics = rig.metrics().await;
    let given_up = metrics.sum("paymux_delivery_attempts_total", &[("outcome", "deadline")]);
    assert_eq!(given_up, 0);
    let refused = metrics.sum("paymux_delivery_attempts_total", &[("outcome", "connect")]);
    assert!(refused > 0, "nothing was tried at the dead endpoint");
    let waited = |outcome| metrics.sum("paymux_tasks_total", &[("outcome", outcome)]);
    assert!(waited("over_share") + waited("shed") > 0, "nothing had to wait");
    assert!(waited("shut") > 0, "the dead endpoint's breaker never shut");
    for order in &healthy {
        assert_eq!(rig.shop.of("payment.succeeded", &order.order_no).len(), 1);
    }
}
