//! Whatever goes wrong on the way to a channel, nobody is told what is not known, and the payer
//! pays once.

use std::rc::Rc;

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::Value;

use super::order::{AMOUNT, CHANNELS, Order, all};

/// After each of these the outcome is unknown, whatever the answer looked like.
const FAULTS: [&str; 11] = [
    "lose_answer",
    "drop_request",
    "hang:20000",
    "slow_request:7000",
    "status_500",
    "html_200",
    "garbage_json",
    "wrong_signature",
    "unknown_code",
    "system_error",
    "rate_limited",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_told_as_unknown_and_found_out() {
    let rig = Rc::new(Rig::start(Setup::default()).await);
    let pairs = CHANNELS.into_iter().flat_map(|it| FAULTS.map(|fault| (it, fault)));
    all(pairs.map(|(channel, fault)| is_found_out(Rc::clone(&rig), channel, fault))).await;
    for (channel, totals) in rig.sandbox.books() {
        let paid = i64::try_from(FAULTS.len()).expect("few") * AMOUNT;
        assert_eq!((totals.paid_fen, totals.refunded_fen), (paid, 0), "{channel:?}");
    }
}

async fn is_found_out(rig: Rc<Rig>, channel: Channel, fault: &'static str) {
    let what = fault.split(':').next().unwrap_or(fault);
    let subject = format!("Tea [sandbox:{fault}]");
    let order = Order::asked(&rig, channel, what, &subject, 202).await;
    let payment = order.answer.json();
    assert_eq!(payment["status"], "processing", "{fault}: {payment}");
    assert!(payment["action"].is_null(), "{fault}: {payment}");
    let pending = async || {
        let payment = order.now().await;
        let status = payment["status"].as_str().unwrap_or_default().to_owned();
        assert!(["processing", "pending"].contains(&status.as_str()), "{fault}: {payment}");
        Some(payment).filter(|_| status == "pending")
    };
    let payment = until(&format!("{fault} is found out"), pending).await;
    assert_eq!(payment["action"]["type"], "qr_code", "{fault}: {payment}");
    assert_eq!(payment["attempt"]["out_trade_no"], *order.number, "{fault}: the same number");
    order.pay();
    order.is_paid_once().await;
    let timeline = rig.api.timeline(&order.id).await;
    assert!(kinds(&timeline).iter().any(|it| it == "attempt.resent"), "{fault}: {timeline}");
}

pub(crate) fn kinds(timeline: &Value) -> Vec<String> {
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|it| it["kind"].as_str().unwrap_or_default().to_owned()).collect()
}
