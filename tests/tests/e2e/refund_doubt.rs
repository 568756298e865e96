//! Whatever goes wrong with a refund's request, the money goes back once.

use std::rc::Rc;

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::order::{AMOUNT, CHANNELS, Order, all};
use super::refund::wish;

const FAULTS: [&str; 9] = [
    "lose_answer",
    "drop_request",
    "hang:20000",
    "status_500",
    "html_200",
    "garbage_json",
    "wrong_signature",
    "system_error",
    "not_enough",
];
const BACK: i64 = 3_00;

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_in_doubt_is_found_out_under_its_number() {
    let rig = Rc::new(Rig::start(Setup::default()).await);
    let pairs = CHANNELS.into_iter().flat_map(|it| FAULTS.map(|fault| (it, fault)));
    all(pairs.map(|(channel, fault)| goes_back_once(Rc::clone(&rig), channel, fault))).await;
    let count = i64::try_from(FAULTS.len()).expect("few");
    for (channel, totals) in rig.sandbox.books() {
        let expected = (count * AMOUNT, count * BACK);
        assert_eq!((totals.paid_fen, totals.refunded_fen), expected, "{channel:?}");
    }
}

async fn goes_back_once(rig: Rc<Rig>, channel: Channel, fault: &'static str) {
    let what = fault.split(':').next().unwrap_or(fault);
    let subject = format!("Tea [sandbox:refund.{fault}]");
    let order = Order::asked(&rig, channel, what, &subject, 201).await;
    order.pay();
    rig.shop.hears("payment.succeeded", &order.order_no).await;
    let answer = rig
        .api
        .refund(&order.id, &format!("{}-r", order.order_no), &wish(&order.order_no, BACK))
        .await;
    assert_eq!(answer.status, 201, "{fault}: {answer:?}");
    // The channel's notification may overtake an answer that hangs.
    let told = answer.json()["status"] == "processing" || what == "hang";
    assert!(told, "{fault}: {answer:?}");
    let told = rig.shop.hears("refund.succeeded", &order.order_no).await;
    let number = answer.json()["out_refund_no"].clone();
    assert_eq!(told.event["data"]["refund"]["out_refund_no"], number, "{fault}");
    assert_eq!(order.events().await, ["payment.succeeded", "refund.succeeded"], "{fault}");
    let seen = order.at_channel().map(|it| (it.refunds.len(), it.refunded_fen));
    assert_eq!(seen, Some((1, BACK)), "{fault}");
}
