//! One process listens, another works.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::Order;

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_leases_no_task_and_who_works_does_not_listen() {
    let mut rig = Rig::prepare(Setup::default(), Build::Plain).await;
    rig.node.roles = Some("api");
    rig.start_gateway(&[]).await.expect("it starts");
    let order_no = {
        let order = Order::placed(&rig, Channel::Alipay, "apart").await;
        order.pay();
        let paid = async || (order.now().await["status"] == "succeeded").then_some(());
        until("the notification is taken", paid).await;
        order.order_no
    };
    let metrics = rig.metrics().await;
    assert_eq!(metrics.sum("paymux_info", &[("roles", "api")]), 1);
    assert!(metrics.sum("paymux_tasks_due", &[]) >= 1, "the delivery is due");
    assert_eq!(metrics.sum("paymux_tasks_total", &[]), 0);
    assert!(rig.shop.heard().is_empty());
    assert!(rig.logs().contains("nobody works on its tasks"), "it says so");
    rig.ask_to_stop().await;
    assert!(rig.has_stopped().await.success());

    rig.node.roles = Some("worker");
    rig.start_gateway(&[]).await.expect("it starts");
    rig.shop.hears("payment.succeeded", &order_no).await;
    assert!(rig.api.try_get("/v1/payments").await.is_err(), "nobody listens");
    assert_eq!(rig.metrics().await.sum("paymux_info", &[("roles", "worker")]), 1);
    let status = rig.operator().get("/status").await;
    assert_eq!(status.status, 200);
    rig.ask_to_stop().await;
    assert!(rig.has_stopped().await.success());

    rig.node.roles = Some("worker,api");
    rig.start_gateway(&[]).await.expect("it starts");
    assert_eq!(rig.api.get("/v1/payments").await.status, 200);
    assert_eq!(rig.metrics().await.sum("paymux_info", &[("roles", "api,worker")]), 1);
}
