//! WeChat Pay over APIv2: a merchant sees no difference.

use paymux_sandbox::Channel;
use paymux_tests::config::{Setup, mode};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::{AMOUNT, Order};
use super::refund::{refunded, wish};

async fn rig() -> Rig {
    let wechat_mode = mode::v2("HMAC-SHA256");
    Rig::start(Setup { wechat_mode, wechat_tls: true, ..Setup::default() }).await
}

/// The order over TLS; the money back by the certificate that the merchant platform hands out.
#[tokio::test(flavor = "multi_thread")]
async fn money_comes_and_goes_back() {
    let rig = rig().await;
    let order = Order::placed(&rig, Channel::Wechat, "v2").await;
    assert_eq!(order.answer.json()["action"]["type"], "qr_code");
    order.pay();
    order.is_paid_once().await;
    for (number, amount, total) in [("v2-one", 300, 300), ("v2-rest", AMOUNT - 300, AMOUNT)] {
        let answer = rig.api.refund(&order.id, number, &wish(number, amount)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        refunded(&order, total).await;
    }
    // Each was told in a message that proves nothing, and then asked about.
    let hinted = async || (order.notifications("redundant").await >= 2).then_some(());
    until("both hints are in", hinted).await;
    let told = ["payment.succeeded", "refund.succeeded", "refund.succeeded"];
    assert_eq!(order.events().await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_closed_on_the_channels_word() {
    let rig = rig().await;
    let order = Order::placed(&rig, Channel::Wechat, "v2-close").await;
    let closed = rig.api.close(&order.id).await;
    assert_eq!(closed.status, 200, "{closed:?}");
    rig.shop.hears("payment.closed", &order.order_no).await;
    assert!(rig.sandbox.pay(Channel::Wechat, &order.number).is_err());
}

/// Whatever a forger signs with, it is not the shared key.
#[tokio::test(flavor = "multi_thread")]
async fn forged_news_is_no_news() {
    let rig = rig().await;
    let subject = "tea [sandbox:notify.wrong_signature]";
    let order = Order::asked(&rig, Channel::Wechat, "v2-forged", subject, 201).await;
    order.pay();
    order.is_paid_once().await;
    assert!(order.notifications("signature").await >= 1, "the forgery was refused");
}
