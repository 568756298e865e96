//! A channel that failed is asked whether it works again, by a question about nobody's order.

use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::{CHANNELS, Order};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_comes_back_without_a_payment() {
    // Long before the orders' own first questions, which would find out too.
    let outbound = "breaker_failures = 1\nbreaker_pause = \"200ms\"\nbreaker_probes = 2";
    let rig = Rig::start(Setup { outbound, ..Setup::default() }).await;
    for channel in CHANNELS {
        Order::asked(&rig, channel, "fails", "Tea [sandbox:status_500]", 202).await;
    }
    for account in [ALIPAY, WECHAT] {
        let probed = async || {
            let metrics = rig.metrics().await;
            let probes = [("account", account), ("outcome", "absent")];
            let open = metrics.sum("paymux_breaker", &[("account", account)]) == 0;
            (open && metrics.sum("paymux_breaker_probes_total", &probes) > 0).then_some(())
        };
        until(&format!("{account} works again"), probed).await;
    }
}
