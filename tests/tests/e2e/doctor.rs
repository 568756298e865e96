//! `paymux doctor` against the simulated channels: each thing that can be wrong with an account,
//! and what a person is told to do about it.

use paymux_sandbox::Credentials;
use paymux_tests::config::{Setup, secret};
use paymux_tests::program::run;
use paymux_tests::rig::Rig;
use paymux_tests::signer;
use serde_json::Value;

/// Exit code, and the findings.
fn examine(rig: &Rig) -> (Option<i32>, Vec<Value>) {
    let file = rig.path("paymux.toml").display().to_string();
    let output = run(&["doctor", "--json", "--config", &file]);
    let findings = serde_json::from_slice(&output.stdout);
    (output.status.code(), findings.unwrap_or_else(|it| panic!("{it}: {output:?}")))
}

fn of<'a>(findings: &'a [Value], subject: &str) -> &'a Value {
    let found = findings.iter().find(|it| it["subject"] == subject);
    found.unwrap_or_else(|| panic!("{subject}: {findings:?}"))
}

/// The account is broken, in these words.
fn is_broken(rig: &Rig, account: &str, finding: &str, advice: &str) {
    let (code, findings) = examine(rig);
    assert_eq!(code, Some(1));
    let found = of(&findings, &format!("accounts.{account}"));
    assert_eq!(found["health"], "broken", "{found}");
    for (key, words) in [("finding", finding), ("advice", advice)] {
        assert!(found[key].as_str().is_some_and(|it| it.contains(words)), "{words}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_beside_a_running_gateway() {
    for certificates in [false, true] {
        let rig = Rig::start(Setup { certificates, ..Setup::default() }).await;
        let (code, findings) = examine(&rig);
        assert_eq!(code, Some(0), "{findings:?}");
        for subject in
            ["configuration", "store", "accounts.alipay-sandbox", "accounts.wechat-sandbox"]
        {
            assert_eq!(of(&findings, subject)["health"], "well", "{findings:?}");
        }
        let endpoint = of(&findings, "merchants.tests.endpoints.shop");
        assert_ne!(endpoint["health"], "broken", "{endpoint}");
        let url = of(&findings, "server.public_url");
        assert_eq!(url["health"], "odd", "no channel can call 127.0.0.1: {url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_do_not_match() {
    let rig = Rig::start(Setup::default()).await;
    let wechat = Credentials::demo().wechat;
    // The channel's own signature is not by this key.
    secret(&rig.path("keys/alipay-public.pem"), &wechat.public_key_pem);
    is_broken(&rig, "alipay-sandbox", "signature", "where the platform's belongs");
    // The channel does not know our signature.
    secret(&rig.path("keys/alipay-private.pem"), signer::RSA);
    secret(&rig.path("keys/alipay-public.pem"), &Credentials::demo().alipay.alipay_public_key_pem);
    is_broken(&rig, "alipay-sandbox", "invalid-signature", "`private_key`");
    rig.edit(|it| it.replace(&wechat.merchant_serial, "00112233445566778899AABBCCDDEEFF00112233"));
    is_broken(&rig, "wechat-sandbox", "SIGN_ERROR", "`merchant_serial`");
    rig.edit(|it| it.replace("00112233445566778899AABBCCDDEEFF00112233", &wechat.merchant_serial));
    rig.edit(|it| it.replace(&wechat.public_key_id, "PUB_KEY_ID_0000000000000000000000000001"));
    is_broken(&rig, "wechat-sandbox", "is not known", "add the platform's key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_cannot_be_reached() {
    let rig = Rig::start(Setup::default()).await;
    rig.edit(|it| it.replace("base = \"http://", "base = \"https://"));
    is_broken(&rig, "wechat-sandbox", "no connection", "firewall");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_reached() {
    let rig = Rig::start(Setup::default()).await;
    let shop = rig.shop.url();
    let check = |url: &str, finding: &str, advice: &str| {
        rig.edit(|it| it.replacen(&shop, url, 1));
        let (_, findings) = examine(&rig);
        let found = of(&findings, "merchants.tests.endpoints.shop");
        for (key, words) in [("finding", finding), ("advice", advice)] {
            assert!(found[key].as_str().is_some_and(|it| it.contains(words)), "{words}: {found}");
        }
        rig.edit(|it| it.replacen(url, &shop, 1));
    };
    check("http://nobody.invalid/hook", "cannot be resolved", "spelling");
    check("http://127.0.0.1:1/hook", "no connection", "firewall");
    check(&shop.replacen("http", "https", 1), "TLS", "certificate");
    rig.edit(|it| it.replacen("allow_private_addresses = true", "", 1));
    check(&shop, "send to", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_configuration_is_told_like_all_else() {
    let rig = Rig::start(Setup::default()).await;
    rig.edit(|it| it.replace("channel = \"wechat\"", "channel = \"wechatt\""));
    let (code, findings) = examine(&rig);
    assert_eq!(code, Some(1));
    let found = of(&findings, "configuration");
    assert!(found["finding"].as_str().is_some_and(|it| it.contains("is no channel")), "{found}");
}
