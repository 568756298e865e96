//! A gateway that is told to stop ends what it began, and one that comes back goes on.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::shop::Reply;
use paymux_tests::wait::until;

use super::order::{CHANNELS, Order, wish};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_answered_before_the_end() {
    let mut rig = Rig::start(Setup::default()).await;
    let slow = wish(Channel::Alipay, "slow", "slow [sandbox:delay:3000]");
    let first = async { rig.api.create("slow", &slow).await };
    let stopped = async {
        let begun = async || rig.sandbox.orders(0, 1).into_iter().next();
        let order = until("the channel has the order", begun).await;
        rig.ask_to_stop().await;
        let refused = async || rig.api.try_get("/v1/payments").await.err();
        until("nothing new is accepted", refused).await;
        order
    };
    let (answer, order) = tokio::join!(first, stopped);
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["attempt"]["out_trade_no"], *order.out_trade_no);
    let status = rig.has_stopped().await;
    assert!(status.success(), "it ended with {status}");
    assert!(rig.logs().contains("\"stopped\""), "it says so");

    rig.start_gateway(&[]).await.expect("it starts again");
    let again = rig.api.create("slow", &slow).await;
    assert!(again.is_replayed() && again.body == answer.body, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_open_goes_on_after_a_restart() {
    let mut rig = Rig::start(Setup::default()).await;
    let mut untold = vec![];
    let mut unpaid = vec![];
    for channel in CHANNELS {
        let order = Order::placed(&rig, channel, "untold").await;
        let refusals = [Reply::Status(500, ""), Reply::Status(500, ""), Reply::Status(500, "")];
        rig.shop.script("payment.succeeded", &order.order_no, &refusals);
        order.pay();
        let refused = async || rig.shop.of("payment.succeeded", &order.order_no).pop();
        until("a delivery is refused", refused).await;
        untold.push(order.order_no);
        let order = Order::placed(&rig, channel, "unpaid").await;
        unpaid.push((channel, order.number, order.order_no));
    }
    rig.kill_gateway().await;
    for (channel, number, _) in &unpaid {
        rig.sandbox.pay(*channel, number).expect("the channels work while the gateway is away");
    }
    rig.start_gateway(&[]).await.expect("it starts again");
    for order_no in untold.iter().chain(unpaid.iter().map(|it| &it.2)) {
        rig.shop.hears("payment.succeeded", order_no).await;
    }
    let payments = rig.api.payments().await;
    assert_eq!(payments.len(), 4);
    assert!(payments.iter().all(|it| it["status"] == "succeeded"), "{payments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_belongs_to_one_gateway() {
    let rig = Rig::start(Setup::default()).await;
    let config = rig.path("paymux.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let text =
        rig.node.ports.iter().fold(text, |text, port| text.replace(&format!(":{port}"), ":0"));
    let second = rig.path("second.toml");
    std::fs::write(&second, text).expect("the folder can be written");
    let second = second.display().to_string();
    let output = tokio::task::spawn_blocking(move || {
        paymux_tests::program::run(&["serve", "--config", &second])
    });
    let output = output.await.expect("it ends by itself");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(rig.api.get("/v1/payments").await.status, 200, "the first one serves on");
}
