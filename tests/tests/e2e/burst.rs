//! A burst of events to one healthy endpoint, which has fewer places than there are events.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::order::Order;

const PAYMENTS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_delivered_whole_and_waiting_for_a_place_is_no_attempt() {
    let setup = Setup { delivery: "timeout = \"10s\"\nper_endpoint = 1", ..Setup::default() };
    let rig = Rig::start(setup).await;
    let mut orders = vec![];
    for number in 0..PAYMENTS {
        orders.push(Order::placed(&rig, Channel::Alipay, &format!("burst-{number}")).await);
    }
    orders.iter().for_each(Order::pay);
    for order in &orders {
        rig.shop.hears("payment.succeeded", &order.order_no).await;
    }
    let shed = rig.metrics().await.sum("paymux_tasks_total", &[("outcome", "shed")]);
    assert!(shed > 0, "there were places for all of them");
    for order in &orders {
        let heard = rig.shop.of("payment.succeeded", &order.order_no);
        assert_eq!(heard.len(), 1, "{heard:?}");
    }
}
