//! One case of the catalogue: named when it fails, and judged by the books when it is over.

use std::time::{Duration, Instant};

use paymux_sandbox::AutopayRule;
use paymux_tests::audit::audit;
use paymux_tests::config::Setup;
use paymux_tests::customer::{Customer, Served};
use paymux_tests::order::AMOUNT;
use paymux_tests::rig::Rig;
use paymux_tests::wait::{PATIENCE, at_pace};
use serde_json::Value;
use tokio::task::{JoinSet, LocalSet};

/// Says which case it was, when it fails.
struct Named<'a>(&'a str);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} of docs/catalogue.md fails", self.0);
        }
    }
}

/// Plays one case to its end.
pub(crate) async fn case<T>(id: &str, play: impl Future<Output = T>) -> T {
    let (begun, named) = (Instant::now(), Named(id));
    let played = play.await;
    std::mem::forget(named);
    eprintln!("{id}: {} ms", begun.elapsed().as_millis());
    played
}

/// A gateway that gives up soon, so that what is in doubt is found out within the test.
pub(crate) fn brisk() -> Setup {
    Setup {
        worker: "lease = \"8s\"\npoll = \"100ms\"",
        outbound: "connect_timeout = \"1s\"\ndeadline = \"2s\"\n\
                   breaker_failures = 1000\nbreaker_ratio = 100",
        delivery: "timeout = \"3s\"",
        limits: "request_deadline = \"5s\"\nmerchant_per_second = 100000",
        ..Setup::default()
    }
}

/// Payers pay a moment after they see the code.
pub(crate) fn pay_at_once(rig: &Rig) {
    rig.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 60 });
}

pub(crate) fn customer(rig: &Rig, order_no: &str, channel: &'static str) -> Customer {
    Customer {
        api: rig.api.clone(),
        shop: rig.shop.clone(),
        order_no: order_no.to_owned(),
        channel,
        amount: 888,
        back: None,
    }
}

/// A crowd, half of which pays by each channel.
pub(crate) fn customers(rig: &Rig, name: &str, count: usize) -> Vec<Customer> {
    let channels = ["alipay", "wechat"].into_iter().cycle();
    let one = |(it, channel)| customer(rig, &format!("{name}-{it}"), channel);
    (0..count).zip(channels).map(one).collect()
}

/// All at once, each to its end.
pub(crate) async fn serve_all(customers: Vec<Customer>) -> Vec<Served> {
    let (mut serving, local) = (JoinSet::new(), LocalSet::new());
    for customer in customers {
        serving.spawn_local_on(customer.serve(), &local);
    }
    local.run_until(serving.join_all()).await
}

/// What a merchant was promised of a payment of an order.
pub(crate) fn served(payment: &Value) -> Served {
    let id = payment["id"].as_str().expect("an id").to_owned();
    Served { id, amount: AMOUNT.unsigned_abs(), back: 0, answers: vec![] }
}

/// The invariants, by id: each of these became one payment, its success was told once and heard,
/// the books of the channels are equal, and nothing is left to do. How often a delivery was heard
/// again is for the case to judge.
pub(crate) async fn is_whole(rig: &Rig, served: &[Served]) -> u64 {
    let rest = async || {
        let open = rig.metrics().await.sum("paymux_tasks_open", &[]);
        (open == 0).then_some(())
    };
    let rest = at_pace(Duration::from_millis(100), PATIENCE, rest).await;
    assert!(rest.is_some(), "there is still something to do");
    let audit = audit((&rig.api, &rig.operator()), &rig.shop, &rig.sandbox, served).await;
    assert!(audit.findings.is_empty(), "{}", audit.findings.join("\n  "));
    audit.repeated
}
