//! WeChat Pay without a public key: its certificates are fetched, and everything works by them.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;

use super::order::Order;

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_fetched_and_verified_with() {
    let rig = Rig::start(Setup { certificates: true, ..Setup::default() }).await;
    let fetched = async || rig.logs().contains("platform_keys.fetched").then_some(());
    until("the certificates are fetched", fetched).await;
    let order = Order::paid(&rig, Channel::Wechat, "certified").await;
    order.is_paid_once().await;
    assert_eq!(order.notifications("applied").await, 1);
    let passed = rig.tap.passed("wechat-sandbox");
    let serial = passed[0].headers.get("wechatpay-serial").and_then(|it| it.to_str().ok());
    let certificate = paymux_sandbox::Credentials::demo().wechat.platform_certificate_serial;
    assert_eq!(serial, Some(certificate.as_str()), "signed by the certificate");
    let refund = json!({ "refund_no": "certified", "amount": 300, "currency": "CNY" });
    assert_eq!(rig.api.refund(&order.id, "back", &refund).await.status, 201);
    rig.shop.hears("refund.succeeded", &order.order_no).await;
}
