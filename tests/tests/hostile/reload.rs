//! A configuration that was broken on purpose or by accident, while payments are open.

use paymux_sandbox::Channel;
use paymux_tests::config::{Setup, secret};
use paymux_tests::rig::Rig;

use super::wire::{ask, create, order};

#[tokio::test(flavor = "multi_thread")]
async fn a33_nothing_half_of_a_configuration_is_taken() {
    let rig = Rig::start(Setup::default()).await;
    let open = ask(&rig, create("open", order("order_no", "\"open\""))).await.json();
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let api_key = std::fs::read_to_string(rig.path("keys/api-key.txt")).expect("a key");
    let key = std::fs::read_to_string(rig.path("keys/alipay-private.pem")).expect("a key");
    let without_account = {
        let (before, rest) = good.split_once("[accounts.alipay-sandbox]").expect("it is there");
        let (_, rest) = rest.split_once("[accounts.wechat-sandbox]").expect("it is there");
        format!("{before}[accounts.wechat-sandbox]{rest}").replace("\"alipay-sandbox\", ", "")
    };
    let files: Vec<String> = vec![
        String::new(),
        "\0\0\0\0".into(),
        "a = [".repeat(2_000),
        good.replace("ack = \"success\"", "ack = "),
        format!("{good}\n[server]\npublic = \"127.0.0.1:1\"\n"),
        format!("{good}\n[colour]\n"),
        without_account,
    ];
    let halves = (1..8).map(|it| good[..good.len() * it / 8].to_owned());
    let mut refused = 0;
    for file in files.into_iter().chain(halves) {
        rig.edit(|_| file.clone());
        let answer = rig.reload().await;
        assert_eq!((answer.status, &*answer.code()), (422, "config-refused"), "{answer:?} {file}");
        refused += 1;
    }
    rig.edit(|_| good.clone());
    for bad in ["", "no key", &key[..key.len() / 2], &key.replace("PRIVATE", "PUBLIC")] {
        secret(&rig.path("keys/alipay-private.pem"), bad);
        assert_eq!(rig.reload().await.code(), "config-refused", "{bad}");
        refused += 1;
    }
    std::fs::remove_file(rig.path("keys/alipay-private.pem")).expect("it is there");
    assert_eq!(rig.reload().await.code(), "config-refused");
    refused += 1;
    // A bad key beside a good change: neither is taken.
    secret(&rig.path("keys/api-key.txt"), "pk_tests_of_a_reload_that_was_refused_0001");
    assert_eq!(rig.reload().await.code(), "config-refused");
    refused += 1;
    secret(&rig.path("keys/api-key.txt"), &api_key);

    let metrics = rig.metrics().await;
    assert_eq!(metrics.sum("paymux_config_generation", &[]), 1);
    assert_eq!(metrics.sum("paymux_config_last_reload_ok", &[]), 0);
    let told = [("outcome", "refused")];
    assert_eq!(metrics.sum("paymux_config_reloads_total", &told), refused);
    let number = open["attempt"]["out_trade_no"].as_str().unwrap_or_default();
    assert!(rig.sandbox.pay(Channel::Alipay, number).is_ok());
    rig.shop.hears("payment.succeeded", "open").await;
    secret(&rig.path("keys/alipay-private.pem"), &key);
    assert_eq!(rig.reload().await.status, 200, "what is mended is taken");
}
