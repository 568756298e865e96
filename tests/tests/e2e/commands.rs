//! The program's other commands, as a person types them.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use paymux_sandbox::Credentials;
use paymux_tests::config::{API_KEY, WEBHOOK_SECRET, secret};
use paymux_tests::program::run;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_well(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

fn is_refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr)
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_sandbox_is_set_up_and_its_configuration_is_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("demo");
    let said = is_well(&run(&["sandbox", "init", &show(&dir)]));
    assert!(said.contains("sandbox.toml") && said.contains("paymux.toml"), "{said}");
    let summary = is_well(&run(&["config", "check", &show(&dir.join("paymux.toml"))]));
    for line in ["accounts  2", "merchants 1", "endpoints 1"] {
        assert!(summary.contains(line), "{line}: {summary}");
    }
    let again = is_refused(&run(&["sandbox", "init", &show(&dir)]));
    assert!(again.contains("not empty"), "{again}");
}

const DEPLOYED: &str = include_str!("../../../config/deploy/paymux.toml");

/// With secrets of the sandbox, in a folder of the test's.
#[test]
fn the_deployed_configuration_is_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let Credentials { alipay, wechat } = Credentials::demo();
    let secrets = [
        ("database-url", "postgres://paymux:word@db.internal:5432/paymux"),
        ("redis-password", "word"),
        ("alipay-app-private.pem", &alipay.private_key_pem),
        ("alipay-platform-public.pem", &alipay.alipay_public_key_pem),
        ("wechat-merchant-private.pem", &wechat.private_key_pem),
        ("wechat-platform-public.pem", &wechat.public_key_pem),
        ("wechat-api-v3-key", &wechat.api_v3_key),
        ("shop-api-key", API_KEY),
        ("shop-webhook-secret", WEBHOOK_SECRET),
    ];
    for (name, text) in secrets {
        secret(&folder.path().join(name), text);
    }
    let (file, here) = (folder.path().join("paymux.toml"), show(folder.path()));
    std::fs::write(&file, DEPLOYED.replace("/etc/paymux/secrets", &here)).expect("our folder");
    let summary = is_well(&run(&["config", "check", &show(&file)]));
    for line in ["accounts  2", "merchants 1", "endpoints 1"] {
        assert!(summary.contains(line), "{line}: {summary}");
    }
}

#[test]
fn a_bad_configuration_is_told_all_that_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("demo");
    is_well(&run(&["sandbox", "init", &show(&dir)]));
    let file = dir.join("paymux.toml");
    let good = std::fs::read_to_string(&file).expect("it was written");
    let bad = good
        .replace("ack = \"success\"", "ack = \"perhaps\"")
        .replace("allow_http = true", "allow_htpp = true")
        .replace("wechat-api-v3-key.txt", "nowhere.txt");
    std::fs::write(&file, bad).expect("it can be written");
    let said = is_refused(&run(&["config", "check", &show(&file)]));
    for part in ["ack", "allow_htpp", "api_v3_key"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let serve = is_refused(&run(&["serve", "--config", &show(&file)]));
    assert!(serve.contains("allow_htpp"), "{serve}");
    let missing = is_refused(&run(&["config", "check", &show(&dir.join("none.toml"))]));
    assert!(missing.contains("none.toml"), "{missing}");
}

#[test]
fn the_demo_plays_to_its_end() {
    paymux_tests::program::program(paymux_tests::program::Build::Plain);
    let begun = Instant::now();
    let said = is_well(&run(&["demo", "--exit"]));
    assert!(said.contains("Both payments made the whole trip."), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
}
