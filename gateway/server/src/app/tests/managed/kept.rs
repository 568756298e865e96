//! What is kept: sealed, opened by its key alone, and taken by whoever looks.

use std::path::Path;

use paymux_store::audit::Walk;
use paymux_store::memory::MemoryStore;
use paymux_store::sqlite::Sqlite;
use paymux_store::{Change, Managed, ManagedKind, Pages, Store};
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::super::secret;
use super::rig::{FILE, Folder, ONE, ok, refused, shop};
use crate::seal::SealKey;
use crate::settings::managed::sealed_name;

/// An account with its keys in the item.
fn account(app_id: &str) -> Value {
    json!({
        "channel": "alipay",
        "app_id": app_id,
        "private_key": secret("ALIPAY_KEY").unwrap(),
        "alipay_public_key": secret("ALIPAY_PUBLIC_KEY").unwrap(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_in_the_database() {
    let (folder, database) = (Folder::new(), tempfile::tempdir().unwrap());
    let store = Sqlite::open(&database.path().join("p.db")).unwrap();
    let node = folder.start(&store).await.unwrap();
    let made = ok(&node.put("merchants/shop", &shop()).await);
    let added = ok(&node.put("accounts/second", &account("2021000000000002")).await);
    assert_eq!(added["settings"]["private_key"]["set"], true);
    assert_eq!(added["settings"]["app_id"], "2021000000000002");
    let log = store.audit(Pages::After(0), 10).await.unwrap();
    let told: Vec<_> = log.iter().map(|it| &it.act).collect();
    let told = told.iter().map(|it| format!("{} {} {}", it.user, it.action, it.object));
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["alice merchant.change shop", "alice account.change second"]
    );
    assert!(log[0].act.detail.contains("+ merchants.shop"), "{:?}", log[0].act);
    assert!(Walk::default().over(&log).is_ok());
    node.running.stop().await;
    store.close().await;
    let bytes = contents(database.path());
    let pem = secret("ALIPAY_KEY").unwrap();
    let line = pem.lines().nth(3).unwrap();
    let secrets = made["made"].as_object().unwrap().values().map(|it| it.as_str().unwrap());
    for secret in secrets.chain([line]) {
        assert!(!holds(&bytes, secret), "{secret}");
    }
    assert!(holds(&bytes, "2021000000000002"), "the search finds what is there");
}

fn contents(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    files.flat_map(|it| std::fs::read(it.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_nothing_starts_and_keys_are_exchanged() {
    let (folder, store) = (Folder::new(), MemoryStore::default());
    let node = folder.start(&store).await.unwrap();
    ok(&node.put("merchants/shop", &shop()).await);
    ok(&node.put("accounts/second", &account("2021000000000002")).await);
    node.running.stop().await;
    let told = async |keys: &str| {
        folder.write(&FILE.replace("seal_keys = [\"file:one.key\"]", keys));
        folder.start(&store).await.err().map(|it| it.to_string()).unwrap_or_default()
    };
    let id = SealKey::parse(ONE).unwrap().id();
    for keys in ["seal_keys = [\"file:two.key\"]", ""] {
        let told = told(keys).await;
        for item in ["accounts.second", "merchants.shop"] {
            let expect =
                format!("managed: {item}: cannot be opened: it was sealed with the key {id}");
            assert!(told.contains(&expect), "{told}");
        }
    }
    assert_eq!(told("seal_keys = [\"file:two.key\", \"file:one.key\"]").await, "");
    let node = folder.start(&store).await.unwrap();
    for item in ["merchants/shop", "accounts/second"] {
        let same = ok(&node.read(item).await)["settings"].clone();
        ok(&node.send("PUT", item, &[("if-match", "*")], &same).await);
    }
    node.running.stop().await;
    assert_eq!(told("seal_keys = [\"file:two.key\"]").await, "", "the first one seals");
}

/// The next start, or the next look, finds what was committed and not taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_taken_though_its_writer_is_gone() {
    let (folder, store) = (Folder::new(), MemoryStore::default());
    let looks = folder.start(&store).await.unwrap();
    let key = "pk_committed_0123456789abcdef012345";
    let table = format!("accounts = [\"ali\"]\napi_keys = [\"{key}\"]\n");
    let commit = async |version: u64, id: &str, text: &str| {
        let kind = ManagedKind::Merchant;
        let name = sealed_name(kind, id, version);
        let sealed = Some(SealKey::parse(ONE).unwrap().seal(&name, text.as_bytes()));
        let (changed_at, changed_by) = (paymux_core::Timestamp(0), "admin".into());
        let item = Managed { kind, id: id.into(), version, sealed, changed_at, changed_by };
        let change = Change { managed: Some(item), ..Change::default() };
        store.commit(change).await.unwrap();
    };
    commit(1, "shop", &table).await;
    until("it is taken", async || looks.lets_in(key).await.then_some(())).await;
    let starts = folder.start(&store).await.unwrap();
    assert!(starts.lets_in(key).await);
    // What is bad is refused by every node, as a bad file is; what ran goes on.
    let ok_metric = "paymux_config_last_reload_ok";
    commit(2, "bad", "accounts = [\"nobody\"]\n").await;
    let refused = async || (looks.metric(ok_metric).await == "0").then_some(());
    until("it is refused", refused).await;
    assert!(looks.lets_in(key).await);
    let removed = looks.send("DELETE", "merchants/bad", &[("if-match", "2")], &Value::Null).await;
    ok(&removed);
    assert_eq!(looks.metric(ok_metric).await, "1");
    for node in [looks, starts] {
        node.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_the_files_or_the_stores() {
    let (folder, store) = (Folder::new(), MemoryStore::default());
    let node = folder.start(&store).await.unwrap();
    let made = ok(&node.put("merchants/shop", &shop()).await);
    let list = ok(&node.read("merchants").await);
    let sources = list["data"].as_array().unwrap().iter();
    let sources: Vec<_> = sources.map(|it| format!("{} {}", it["id"], it["source"])).collect();
    assert_eq!(sources, ["\"filed\" \"file\"", "\"shop\" \"store\""]);
    let both = "\n[merchants.shop]\naccounts = [\"ali\"]\napi_keys = [\"file:two.key\"]\n";
    folder.write(&format!("{FILE}{both}"));
    let refused = node.send("POST", "reload", &[], &Value::Null).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let told = refused.json()["problems"][0].clone();
    assert_eq!((&told["file"], &told["key"]), (&json!("managed"), &json!("merchants.shop")));
    assert!(told["problem"].as_str().unwrap().starts_with("is defined in "), "{told}");
    assert!(node.lets_in(made["made"]["api_keys[0]"].as_str().unwrap()).await);
    node.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_store_keeps_its_identity() {
    let (folder, store) = (Folder::new(), MemoryStore::default());
    let node = folder.start(&store).await.unwrap();
    ok(&node.put("accounts/second", &account("2021000000000002")).await);
    let any = [("if-match", "*")];
    let put = async |body: &Value| node.send("PUT", "accounts/second", &any, body).await;
    let told = refused(&put(&account("2021000000000003")).await, 422, "config-refused");
    assert!(told.contains("was alipay") && told.contains("2021000000000003"), "{told}");
    let delete = async || node.send("DELETE", "accounts/second", &any, &Value::Null).await;
    assert!(refused(&delete().await, 422, "config-refused").contains("was removed"));
    let mut retired = ok(&node.read("accounts/second").await)["settings"].clone();
    retired["retired"] = json!(true);
    ok(&put(&retired).await);
    ok(&delete().await);
    node.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_kept() {
    let (folder, store) = (Folder::new(), MemoryStore::default());
    folder.write(&FILE.replace("seal_keys = [\"file:one.key\"]", ""));
    let node = folder.start(&store).await.unwrap();
    let told = refused(&node.put("merchants/shop", &shop()).await, 409, "managed-off");
    assert!(told.contains("managed.seal_keys"), "{told}");
    assert_eq!(store.managed().await.unwrap(), vec![]);
    node.running.stop().await;
}
