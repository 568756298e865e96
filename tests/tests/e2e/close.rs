//! Closing, and money that comes although it was closed.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::order::{AMOUNT, Order, both};

/// At Alipay an order exists only once its code was opened.
async fn opened<'a>(rig: &'a Rig, channel: Channel, what: &str) -> Order<'a> {
    let order = Order::placed(rig, channel, what).await;
    if channel == Channel::Alipay {
        rig.sandbox.scan(channel, &order.number).expect("the code can be opened");
    }
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_closing_goes_back() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = opened(&rig, channel, "late").await;
        let closed = rig.api.close(&order.id).await;
        assert_eq!((closed.status, &closed.json()["status"]), (200, &"closed".into()));
        let again = rig.api.close(&order.id).await;
        assert_eq!((again.status, again.body), (200, closed.body), "closing twice is closing once");
        rig.shop.hears("payment.closed", &order.order_no).await;
        rig.sandbox.pay_late(channel, &order.number).expect("the payer is late");
        let told = rig.shop.hears("payment.late_paid", &order.order_no).await;
        assert_eq!(told.event["data"]["surplus"]["out_trade_no"], *order.number);
        let back = rig.shop.hears("refund.succeeded", &order.order_no).await;
        let refund = &back.event["data"]["refund"];
        assert_eq!((&refund["cause"], &refund["amount"]), (&"late_paid".into(), &AMOUNT.into()));
        let events = order.events().await;
        assert_eq!(events, ["payment.closed", "payment.late_paid", "refund.succeeded"]);
        assert_eq!(order.now().await["status"], "closed");
        let kept = order.at_channel().map(|it| it.paid_fen - it.refunded_fen);
        assert_eq!(kept, Some(0), "nothing is kept");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_nobody_opened_is_closing_and_can_still_be_paid() {
    let rig = Rig::start(Setup::default()).await;
    let order = Order::placed(&rig, Channel::Alipay, "unopened").await;
    let closing = rig.api.close(&order.id).await;
    assert_eq!(closing.status, 202, "{closing:?}");
    let payment = closing.json();
    assert_eq!((&payment["status"], &payment["closing"]), (&"pending".into(), &true.into()));
    assert!(payment["action"].is_null(), "no code is shown any more: {payment}");
    order.pay();
    order.is_paid_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_payer_gave_up_is_closed() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = opened(&rig, channel, "given-up").await;
        rig.sandbox.cancel(channel, &order.number).expect("the payer turns away");
        let told = rig.shop.hears("payment.closed", &order.order_no).await;
        assert_eq!(told.event["data"]["payment"]["status"], "closed");
        assert_eq!(order.events().await, ["payment.closed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_cannot_be_closed() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = Order::paid(&rig, channel, "paid").await;
        let refused = rig.api.close(&order.id).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "payment-paid"));
        // The notification is lost; the close finds out what the payer did.
        let subject = "Tea [sandbox:notify_lost]";
        let crossed = Order::asked(&rig, channel, "crossed", subject, 201).await;
        crossed.pay();
        let answer = rig.api.close(&crossed.id).await;
        assert!([200, 202].contains(&answer.status), "{answer:?}");
        assert_ne!(answer.json()["status"], "closed", "{answer:?}");
        crossed.is_paid_once().await;
    })
    .await;
}
