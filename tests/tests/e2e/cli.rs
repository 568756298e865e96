//! The commands that ask a running gateway, as a person and as a script types them.

use std::process::Output;

use paymux_sandbox::Channel;
use paymux_tests::config::{Setup, secret};
use paymux_tests::program::run;
use paymux_tests::rig::Rig;
use serde_json::Value;

use super::order::Order;

/// With a key, so that merchants can be kept.
async fn rig() -> Rig {
    let more = "[managed]\nseal_keys = [\"file:keys/seal.txt\"]\n\
                [cashier]\nlink_key = \"file:keys/link-key.txt\"\n";
    let secrets = vec![
        ("seal.txt", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()),
        ("seal-2.txt", "MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()),
        ("link-key.txt", "a key of the tests that signs links to pages".to_owned()),
    ];
    Rig::start(Setup { more: more.into(), secrets, tapped: false, ..Setup::default() }).await
}

fn typed(rig: &Rig, arguments: &[&str]) -> Output {
    let (admin, token) = (rig.node.admin(""), rig.node.admin_token());
    run(&[arguments, &["--admin", &admin, "--token", &token]].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(rig: &Rig, arguments: &[&str]) -> String {
    let output = typed(rig, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

/// Exit code, and what is said on standard error.
fn refused(rig: &Rig, arguments: &[&str]) -> (Option<i32>, String) {
    let output = typed(rig, arguments);
    (output.status.code(), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_and_its_keys_are_managed() {
    let rig = rig().await;
    let add = ["merchant", "add", "shop", "--account", "alipay-sandbox"];
    let endpoint = ["--endpoint", "orders=https://shop.example.com/hook"];
    let checked = typed(&rig, &[&add[..], &endpoint, &["--check"]].concat());
    assert!(text(&checked.stderr).contains("only checked"), "{checked:?}");
    let made = said(&rig, &[&add[..], &endpoint].concat());
    assert!(made.contains("+ merchants.shop") && made.contains("whsec_"), "{made}");
    let key = made.lines().find_map(|it| it.strip_prefix("api_keys[0] = ")).expect("a key").trim();
    let (code, told) = refused(&rig, &add);
    assert!(code == Some(1) && told.contains("it is 1 now"), "{code:?} {told}");

    let list = said(&rig, &["merchant", "list"]);
    assert!(!list.contains('\u{1b}'), "a pipe has no colours: {list}");
    let names: Vec<_> = list.lines().filter_map(|it| it.split_whitespace().next()).collect();
    assert_eq!(names, ["NAME", "tests", "shop"]);
    let shown = said(&rig, &["merchant", "show", "shop"]);
    assert!(shown.contains("https://shop.example.com/hook") && !shown.contains(key), "{shown}");
    let json: Value = serde_json::from_str(&said(&rig, &["merchant", "show", "shop", "--json"]))
        .expect("machines get JSON");
    let print = json["settings"]["api_keys"][0]["fingerprint"].as_str().expect("a fingerprint");
    said(&rig, &["merchant", "key", "add", "shop"]);
    said(&rig, &["merchant", "key", "remove", "shop", print]);
    said(&rig, &["merchant", "endpoint", "add", "shop", "till", "https://till.example.com/"]);
    said(&rig, &["merchant", "endpoint", "rotate", "shop", "orders"]);
    said(&rig, &["merchant", "endpoint", "remove", "shop", "till"]);
    let (code, told) = refused(&rig, &["merchant", "add", "other", "--account", "nobody"]);
    assert!(code == Some(1) && told.contains("merchants.other.accounts[0]"), "{code:?} {told}");
    let gone = said(&rig, &["merchant", "remove", "shop"]);
    assert_eq!(gone.trim(), "- merchants.shop");
    assert_eq!(refused(&rig, &["merchant", "show", "shop"]).0, Some(5));
    let admin = rig.node.admin("");
    let stranger = run(&["merchant", "list", "--admin", &admin, "--token", "tk_nobody"]);
    assert_eq!(stranger.status.code(), Some(4), "{stranger:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_on_walls_are_managed_and_printed() {
    let rig = rig().await;
    said(&rig, &["merchant", "add", "shop", "--account", "alipay-sandbox"]);
    let add = ["merchant", "plate", "add", "shop", "wall", "--name", "By the door"];
    said(&rig, &[&add[..], &["--max-amount", "50000"]].concat());
    let list = said(&rig, &["merchant", "plate", "list", "shop"]);
    let url = list.split_whitespace().find(|it| it.contains("/q/wall.")).expect("its address");
    assert!(list.contains("By the door") && list.contains("50000"), "{list}");
    assert_eq!(rig.http.get(url).await.expect("it answers").status, 200);
    let file = rig.path("wall.svg").display().to_string();
    let shown = said(&rig, &["merchant", "plate", "show", "shop", "wall", "--svg", &file]);
    assert!(shown.contains(url), "{shown}");
    let image = std::fs::read_to_string(&file).expect("the image");
    assert!(image.starts_with("<svg"), "{image}");
    assert_eq!(refused(&rig, &["merchant", "plate", "show", "shop", "door"]).0, Some(5));
    let (code, told) = refused(&rig, &[&add[..], &["--max-amount", "0"]].concat());
    assert!(code == Some(1) && told.contains("plates[0].max_amount"), "{code:?} {told}");
    said(&rig, &["merchant", "plate", "remove", "shop", "wall"]);
    assert_eq!(said(&rig, &["merchant", "plate", "list", "shop"]).trim(), "none");
    assert_eq!(rig.http.get(url).await.expect("it answers").status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_sealed_with_another_key() {
    let rig = rig().await;
    let made = said(&rig, &["merchant", "add", "shop", "--account", "alipay-sandbox"]);
    let key = made.lines().find_map(|it| it.strip_prefix("api_keys[0] = ")).expect("a key").trim();
    let (old, new) = ("\"file:keys/seal.txt\"", "\"file:keys/seal-2.txt\"");
    let both = format!("{new}, {old}");
    rig.edit(|it| it.replace(old, &both));
    assert_eq!(rig.reload().await.status, 200);
    rig.edit(|it| it.replace(&both, new));
    let early = rig.reload().await;
    assert_eq!(early.status, 422, "the old key is still needed: {}", early.json());
    rig.edit(|it| it.replace(new, &both));
    assert_eq!(said(&rig, &["config", "reseal"]).trim(), "sealed anew: 1");
    rig.edit(|it| it.replace(&both, new));
    let late = rig.reload().await;
    assert_eq!(late.status, 200, "{}", late.json());
    let mut shop = rig.api.clone();
    shop.api_key = key.to_owned();
    assert_eq!(shop.get("/v1/payments").await.status, 200, "its key is what it was");
}

/// What a section of a file refers to is read where the command is typed.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_moves_from_a_file_into_the_store() {
    let rig = rig().await;
    let file = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let section = file.split("[accounts.alipay-sandbox]").nth(1).expect("an account");
    let section = section.split("\n[").next().expect("its lines");
    let own = section.replacen("app_id = \"2", "app_id = \"3", 1);
    let moved = rig.path("second.toml").display().to_string();
    secret(&rig.path("second.toml"), format!("[accounts.second]\n{own}\n"));
    let added = said(&rig, &["account", "add", "second", "--file", &moved]);
    assert_eq!(added.trim(), "+ accounts.second");
    let shown = said(&rig, &["account", "show", "second"]);
    assert!(shown.contains("[accounts.second]") && !shown.contains("PRIVATE KEY"), "{shown}");
    let list = said(&rig, &["account", "list"]);
    assert!(list.contains("second") && list.contains("alipay-sandbox"), "{list}");
    let (code, told) = refused(&rig, &["account", "remove", "second"]);
    assert!(code == Some(1) && told.contains("retired = true"), "{code:?} {told}");
}

#[test]
fn who_does_not_answer_is_told_apart() {
    let output = run(&["merchant", "list", "--admin", "http://127.0.0.1:1", "--token", "x"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = text(&output.stderr);
    assert!(told.contains("does not answer") && told.contains("--admin"), "{told}");
    let unknown = run(&["merchant", "list", "--admin", "http://127.0.0.1:1"]);
    assert_eq!(unknown.status.code(), Some(4), "{unknown:?}");
    assert_eq!(run(&["merchant", "lst"]).status.code(), Some(2));
}

#[test]
fn shells_and_the_manual_know_the_commands() {
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef"), ("fish", "complete -c")] {
        let script = text(&run(&["completions", shell]).stdout);
        assert!(script.contains(word) && script.contains("merchant"), "{shell}: {script}");
    }
    let page = text(&run(&["man"]).stdout);
    assert!(page.contains(".TH") && page.contains("doctor"), "{page}");
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().display().to_string();
    assert!(run(&["man", "--dir", &dir]).status.success());
    assert!(folder.path().join("paymux-merchant.1").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_merchant_was_told_is_seen_and_a_channel_is_asked() {
    let rig = Rig::start(Setup::default()).await;
    let order = Order::placed(&rig, Channel::Alipay, "seen").await;
    let id = order.now().await["id"].as_str().expect("an id").to_owned();
    let asked = said(&rig, &["payments", "sync", &id]);
    assert!(asked.contains(&id) && asked.contains("pending"), "{asked}");
    order.pay();
    order.is_paid_once().await;
    let list = said(&rig, &["events", "list", "tests"]);
    let row = list.lines().find(|it| it.contains("payment.succeeded")).expect("an event");
    assert!(row.contains(&order.order_no), "{list}");
    let event = row.split_whitespace().next().expect("its id");
    let shown: Value = serde_json::from_str(&said(&rig, &["events", "show", event])).expect("JSON");
    assert_eq!(shown["data"]["payment"]["id"], id.as_str());
    for number in [&id, &order.order_no] {
        let found = said(&rig, &["payments", "list", number]);
        assert!(found.contains(&id) && found.contains("8.88 CNY"), "{number}: {found}");
    }
    let paid = ["payments", "list", "--merchant", "tests", "--status", "succeeded"];
    assert!(said(&rig, &paid).contains(&order.order_no));
    let seen = said(&rig, &["payments", "show", &id]);
    assert!(seen.contains("delivered") && seen.contains(event), "{seen}");
    let again = said(&rig, &["replay", event]);
    assert_eq!(again.trim(), "deliveries begun again: 1");
    let range = ["replay", "--merchant", "tests", "--from", "2020-01-01T00:00:00Z", "--delivered"];
    assert!(said(&rig, &range).starts_with("deliveries begun again: "));
    let tried = said(&rig, &["merchant", "endpoint", "test", "tests", "shop"]);
    assert!(tried.contains("evt_"), "{tried}");
    let (code, told) = refused(&rig, &["payments", "list", "--merchant", "tests", "--status", "x"]);
    assert!(code == Some(1) && told.contains("must be one of"), "{code:?} {told}");
    assert_eq!(refused(&rig, &["events", "list", "nobody"]).0, Some(5));
    assert_eq!(refused(&rig, &["payments", "sync", "pay_1"]).0, Some(5));
}
