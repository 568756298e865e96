//! A merchant leaves the configuration too early: an operator is told before and while it costs.

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::program::run_with;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::Order;

async fn missed(rig: &Rig) -> u64 {
    let reason = [("reason", "merchant_missing")];
    rig.metrics().await.sum("paymux_attention_total", &reason)
}

/// What asking the gateway about its file says: standard output, and standard error.
async fn asked(rig: &Rig) -> (String, String) {
    let (admin, token) = (rig.admin("/"), rig.node.admin_token());
    let environment = ("PAYMUX_ADMIN_TOKEN", token);
    let ask = move || run_with(&["config", "diff", "--against", &admin], &environment);
    let output = tokio::task::spawn_blocking(ask).await.expect("it ends");
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_leaves_too_early_is_told_of_and_loses_no_event() {
    let more = format!(
        "\n[merchants.other]\naccounts = [\"{ALIPAY}\"]\napi_keys = [\"file:keys/other-api-key.txt\"]\n"
    );
    let rig = Rig::start(Setup { more, ..Setup::default() }).await;
    let order = Order::placed(&rig, Channel::Alipay, "open").await;
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let ours = good.find("[merchants.tests]").expect("it is there");
    let theirs = good.find("[merchants.other]").expect("it is there");
    let without = format!("{}{}", &good[..ours], &good[theirs..]);

    rig.edit(|_| without);
    let told = "merchants.tests: is removed, with unfinished payments (1), transfers (0) and deliveries (0): ";
    let (changes, warnings) = asked(&rig).await;
    assert_eq!(changes, "- merchants.tests\n");
    assert!(warnings.starts_with(&format!("paymux: warning: {told}")), "{warnings}");
    let answer = rig.reload().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let warning = answer.json()["warnings"][0].to_string();
    assert!(warning.contains(told), "{answer:?}");
    assert!(rig.logs().contains("config.warning"));
    assert_eq!(missed(&rig).await, 0);

    order.pay();
    until("an operator is told", async || (missed(&rig).await == 1).then_some(())).await;
    assert!(rig.logs().contains("event.merchant_missing"));

    rig.edit(|_| good);
    let back = rig.reload().await.json();
    assert_eq!(back["warnings"], serde_json::json!([]), "{back}");
    assert_eq!(order.events().await, ["payment.succeeded"], "it is listed");
    assert!(rig.shop.heard().is_empty(), "nobody was told");
    let event = rig.api.events(100).await[0]["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(rig.api.act(&format!("/v1/events/{event}/replay")).await.status, 202);
    rig.shop.hears("payment.succeeded", &order.order_no).await;
    assert_eq!(missed(&rig).await, 1, "once");
}
