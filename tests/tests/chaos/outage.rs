//! A node that comes back after an outage: with an old disk, or to everything at once.

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::order::{Order, wish};
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::{PATIENCE, at_pace, until};
use serde_json::json;
use tokio::time::{Duration, Instant};

use super::case::{brisk, case, is_whole, served};

/// The files of the store.
const FILES: [&str; 2] = ["paymux.db", "paymux.db-wal"];
/// Payments that were open when the node went away.
const HERD: usize = 150;
/// Questions that the channel bears in a second.
const QUOTA: usize = 30;

/// Copies the store from one folder to the other, as a snapshot of a disk would.
fn copy(rig: &Rig, from: &str, to: &str) {
    std::fs::create_dir_all(rig.path(to)).expect("our own folder");
    for name in FILES {
        let (from, to) = (rig.path(from).join(name), rig.path(to).join(name));
        let _ = std::fs::remove_file(&to);
        if from.exists() {
            std::fs::copy(from, to).expect("our own files");
        }
    }
}

/// What was told to the old disk's successor is asked for anew, and told under the same id; what
/// the old disk never heard of is not acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_an_old_disk() {
    let mut rig = Rig::start(brisk()).await;
    case("K07", async {
        let open = Order::placed(&rig, Channel::Alipay, "open").await;
        let (id, number) = (open.id.clone(), open.number.clone());
        rig.kill_gateway().await;
        copy(&rig, "", "old");
        rig.start_gateway(&[]).await.expect("it starts");
        rig.sandbox.pay(Channel::Alipay, &number).expect("it can be paid");
        let first = rig.shop.hears("payment.succeeded", "open-alipay").await;
        let passed = rig.tap.passed(ALIPAY);
        let since = Order::paid(&rig, Channel::Alipay, "since").await;
        let (unknown, unheard) = (since.id.clone(), rig.tap.passed(ALIPAY)[passed.len()].clone());
        rig.kill_gateway().await;
        copy(&rig, "old", "");
        rig.start_gateway(&[]).await.expect("it starts");
        let twice = async || {
            let heard = rig.shop.of("payment.succeeded", "open-alipay");
            (heard.len() == 2).then_some(heard)
        };
        let heard = until("the payment is found out again", twice).await;
        assert!(heard.iter().all(|it| it.id == first.id), "one event: {heard:?}");
        assert_eq!(rig.api.payment(&id).await["status"], "succeeded");
        let answer = rig.tap.send(&unheard).await;
        assert_ne!(&answer.body[..], b"success", "what is not known is not acknowledged");
        let gone = rig.api.get(&format!("/v1/payments/{unknown}")).await;
        assert_eq!(gone.status, 404, "{gone:?}");
    })
    .await;
}

/// Everything is due at once, and the channel is asked no faster than it bears.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_comes_back_to_a_herd() {
    let mut rig = Rig::prepare(Setup { tapped: false, ..brisk() }, Build::Plain).await;
    let quota = format!("query = {QUOTA}");
    rig.edit(|it| it.replace("query = 1000", &quota));
    rig.start_gateway(&[]).await.expect("it starts");
    case("K08", async {
        let lost = json!({ "fault": "notify_lost", "operation": "notify", "chance": 100 });
        rig.sandbox.arm(serde_json::from_value(lost).expect("a rule")).expect("it has sense");
        let mut numbers = vec![];
        for number in 0..HERD {
            let order_no = format!("herd-{number}");
            let wish = wish(Channel::Alipay, &order_no, "Tea");
            let answer = rig.api.create(&order_no, &wish).await.json();
            numbers.push(answer["attempt"]["out_trade_no"].as_str().expect("a number").to_owned());
        }
        rig.kill_gateway().await;
        for number in &numbers {
            rig.sandbox.pay(Channel::Alipay, number).expect("it can be paid");
        }
        let labels = [("account", ALIPAY), ("operation", "query")];
        rig.start_gateway(&[]).await.expect("it starts");
        let begun = Instant::now();
        let all = async || {
            let asked = rig.metrics().await.sum("paymux_channel_calls_total", &labels);
            let bound = QUOTA as u64 * (begun.elapsed().as_secs() + 3);
            assert!(asked <= bound, "{asked} questions in {:?}", begun.elapsed());
            (rig.shop.heard().len() >= HERD).then_some(())
        };
        let heard = at_pace(Duration::from_millis(200), PATIENCE, all).await;
        assert!(heard.is_some(), "{} of {HERD} are heard of", rig.shop.heard().len());
        assert!(begun.elapsed() > Duration::from_secs((HERD / QUOTA) as u64 - 2), "no quota held");
        let payments = rig.api.payments().await;
        is_whole(&rig, &payments.iter().map(served).collect::<Vec<_>>()).await;
    })
    .await;
}
