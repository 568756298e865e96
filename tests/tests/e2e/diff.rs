//! `paymux config diff`, as a person types it.

use std::path::{Path, PathBuf};

use paymux_sandbox::Credentials;
use paymux_tests::config::{Setup, secret};
use paymux_tests::program::{run, run_with};
use paymux_tests::rig::Rig;

struct Desk {
    _folder: tempfile::TempDir,
    old: PathBuf,
    new: PathBuf,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("demo");
    let said = run(&["sandbox", "init", &dir.display().to_string()]);
    assert!(said.status.success(), "{said:?}");
    Desk { _folder: folder, old: dir.join("paymux.toml"), new: dir.join("next.toml") }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("it was written")
}

/// Exit code, standard output, and standard error without the folder's name.
fn diff(desk: &Desk) -> (Option<i32>, String, String) {
    let (old, new) = (desk.old.display().to_string(), desk.new.display().to_string());
    let output = run(&["config", "diff", &old, &new]);
    let text = |it: &[u8]| String::from_utf8_lossy(it).replace(&new, "next.toml");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn check(changes: &[(&str, &str)], code: i32, expect: &str) {
    let desk = desk();
    let mut text = read(&desk.old);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}: {text}");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(&desk.new, text).expect("it can be written");
    let (found, out, err) = diff(&desk);
    assert_eq!((found, out.trim_end()), (Some(code), expect), "{changes:?}: {err}");
}

#[test]
fn what_a_reload_would_change() {
    check(&[], 0, "nothing would change");
    check(&[("# ", "# Another ")], 0, "nothing would change");
    check(
        &[("ack = \"success\"", "ack = \"status\"")],
        1,
        "~ merchants.demo.endpoints.shop.ack: \"success\" -> \"status\"",
    );
    check(
        &[("[delivery]", "[worker]\nconcurrency = 8\n\n[outbound]\nconcurrency = 9\n\n[delivery]")],
        1,
        "~ outbound.concurrency: 64 -> 9\n~ worker.concurrency: 256 -> 8 (needs a restart)",
    );
    check(
        &[("channel = \"alipay\"", "channel = \"alipay\"\nretired = true")],
        1,
        "+ accounts.alipay-sandbox.retired = true",
    );
    check(
        &[("id = \"shop\"", "id = \"till\"")],
        1,
        "- merchants.demo.endpoints.shop\n+ merchants.demo.endpoints.till",
    );
}

#[test]
fn of_a_secret_no_more_is_told_than_that_it_differs() {
    let desk = desk();
    let text = read(&desk.old);
    let key = text.find("private_key = \"file:").expect("one is this") + "private_key = \"".len();
    let end = key + text[key..].find('"').expect("it ends");
    let next = format!("{}file:other.pem{}", &text[..key], &text[end..]);
    std::fs::write(&desk.new, next).expect("it can be written");
    let other = desk.new.with_file_name("other.pem");
    let own = desk.new.with_file_name(text[key..end].trim_start_matches("file:"));
    // Another name for the same secret is no change; another secret is one.
    secret(&other, read(&own));
    assert_eq!(diff(&desk), (Some(0), "nothing would change\n".into(), String::new()));
    let wechat = Credentials::demo().wechat.private_key_pem;
    secret(&other, &wechat);
    let said = "~ accounts.alipay-sandbox.private_key: changed\n";
    assert_eq!(diff(&desk), (Some(1), said.into(), String::new()));
}

#[test]
fn what_would_be_refused_is_told() {
    let desk = desk();
    let text = read(&desk.old);
    let at = text.find("app_id = \"").expect("it is there") + "app_id = \"".len();
    let digit = if &text[at..=at] == "9" { "8" } else { "9" };
    let next = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
    std::fs::write(&desk.new, &next).expect("it can be written");
    let (code, out, err) = diff(&desk);
    assert_eq!(code, Some(2), "{err}");
    assert!(out.starts_with("~ accounts.alipay-sandbox.app_id: \""), "{out}");
    assert!(err.contains("next.toml:") && err.contains("a name of its own"), "{err}");
    std::fs::write(&desk.new, "[worker]\npoll = 0\n").expect("it can be written");
    let (code, out, err) = diff(&desk);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("next.toml:2: worker.poll"), "{err}");
}

#[test]
fn a_merchant_that_is_removed_is_warned_of() {
    let desk = desk();
    let other = read(&desk.old).replace("merchants.demo", "merchants.other");
    std::fs::write(&desk.new, other).expect("it can be written");
    let (code, out, err) = diff(&desk);
    assert_eq!((code, out.as_str()), (Some(1), "- merchants.demo\n+ merchants.other\n"));
    assert!(err.starts_with("paymux: warning: merchants.demo: is removed, perhaps "), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_gateway_is_asked() {
    let rig = Rig::start(Setup::default()).await;
    let environment = ("PAYMUX_ADMIN_TOKEN", rig.node.admin_token());
    let ask = async || {
        let (admin, environment) = (rig.admin("/"), environment.clone());
        let ask = move || run_with(&["config", "diff", "--against", &admin], &environment);
        let output = tokio::task::spawn_blocking(ask);
        let output = output.await.expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(ask().await, (Some(0), "nothing would change\n".into()));
    rig.edit(|it| it.replacen("ack = \"success\"", "ack = \"status\"", 1));
    let said = "~ merchants.tests.endpoints.shop.ack: \"success\" -> \"status\"\n";
    assert_eq!(ask().await, (Some(1), said.into()));
    rig.edit(|it| it.replacen("ack = \"status\"", "ack = \"perhaps\"", 1));
    assert_eq!(ask().await, (Some(2), String::new()));
}
