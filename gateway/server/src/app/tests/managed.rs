//! Merchants and accounts in the store: through the admin listener, on two nodes at once.

mod kept;
mod rig;

use std::time::Duration;

use paymux_services::Postgres as PostgresService;
use paymux_store::Store;
use paymux_store::postgres::{self, Postgres};
use paymux_store::sqlite::Sqlite;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use rig::{Folder, Node, ok, refused, shop};

async fn a_merchant_comes_changes_and_goes<S: Store>(store: S) {
    let folder = Folder::new();
    let one = folder.start(&store).await.unwrap();
    let two = folder.start(&store).await.unwrap();
    let checked = ok(&one.put("merchants/shop?check=true", &shop()).await);
    assert_eq!((&checked["applied"], &checked["made"]), (&json!(false), &Value::Null));
    refused(&one.read("merchants/shop").await, 404, "not-found");

    let made = ok(&one.put("merchants/shop", &shop()).await);
    assert_eq!((&made["applied"], &made["version"]), (&json!(true), &json!(1)));
    assert_eq!(made["changes"], json!(["+ merchants.shop"]));
    let key = made["made"]["api_keys[0]"].as_str().unwrap().to_owned();
    let hook = made["made"]["endpoints.orders.secret"].as_str().unwrap().to_owned();
    assert!(one.lets_in(&key).await);
    until("the other node knows it", async || two.lets_in(&key).await.then_some(())).await;
    let read = one.read("merchants/shop").await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    let shown = ok(&read)["settings"].clone();
    let print = crate::manage::fingerprint(&key).unwrap();
    assert_eq!(shown["api_keys"][0], json!({ "set": true, "fingerprint": print }));
    for answer in [&read, &one.read("merchants").await, &two.read("merchants").await] {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains(&key) && !text.contains(&hook), "{text}");
    }

    // What was read can be written; what is there is written over by its version alone.
    refused(&one.put("merchants/shop", &shown).await, 428, "version-required");
    let over = async |node: &Node, version: &str, body: &Value| {
        node.send("PUT", "merchants/shop", &[("if-match", version)], body).await
    };
    refused(&over(&one, "\"7\"", &shown).await, 412, "version-changed");
    let written = ok(&read)["changed_by"].clone();
    assert_eq!(written, "alice");
    assert_eq!(ok(&over(&one, "\"1\"", &shown).await)["changes"], json!([]));
    let (first, second) = tokio::join!(over(&one, "2", &shown), over(&two, "2", &shown));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{first:?} {second:?}");
    let tills = async |node: &Node, name: &str| {
        let url = json!({ "url": format!("https://{name}.example.com/") });
        ok(&node.put(&format!("merchants/shop/endpoints/{name}"), &url).await)
    };
    tokio::join!(tills(&one, "till-1"), tills(&two, "till-2"), tills(&one, "till-3"));
    let endpoints = ok(&two.read("merchants/shop").await)["settings"]["endpoints"].clone();
    assert_eq!(endpoints.as_array().unwrap().len(), 4, "no change is lost: {endpoints}");

    a_refused_change_changes_nothing(&one, &key).await;
    keys_are_exchanged(&one, &key, &print).await;
    let gone = one.send("DELETE", "merchants/shop", &[("if-match", "*")], &Value::Null).await;
    assert_eq!(ok(&gone)["changes"], json!(["- merchants.shop"]));
    let again = one.send("DELETE", "merchants/shop", &[], &Value::Null).await;
    refused(&again, 404, "not-found");
    for node in [one, two] {
        node.running.stop().await;
    }
}

async fn a_refused_change_changes_nothing(one: &Node, key: &str) {
    let before = ok(&one.read("merchants/shop").await);
    let bad = json!({ "accounts": ["nobody"], "colour": 1 });
    let head = [("if-match", "*")];
    let answer = one.send("PUT", "merchants/shop", &head, &bad).await;
    let told = refused(&answer, 422, "config-refused");
    assert!(told.contains("merchants.shop.accounts[0]") && told.contains("colour"), "{told}");
    assert_eq!(answer.json()["problems"][0]["file"], "managed");
    for (body, code) in [(json!([]), "malformed-json"), (json!({ "a": null }), "malformed-json")] {
        refused(&one.send("PUT", "merchants/shop", &head, &body).await, 400, code);
    }
    let outside = json!({ "accounts": ["ali"], "api_keys": ["file:api.key"] });
    let told = one.put("merchants/other", &outside).await;
    assert!(refused(&told, 422, "config-refused").contains("refers to no file"));
    refused(&one.put("merchants/filed", &shop()).await, 409, "defined-in-file");
    refused(&one.put("merchants/Shop", &shop()).await, 404, "not-found");
    let same = json!({ "accounts": ["ali"], "api_keys": [key] });
    let told = refused(&one.put("merchants/other", &same).await, 422, "config-refused");
    assert!(told.contains("is the same secret as") && !told.contains(key), "{told}");
    let after = ok(&one.read("merchants/shop").await);
    assert_eq!(before, after);
    assert!(one.lets_in(key).await);
}

async fn keys_are_exchanged(one: &Node, old: &str, print: &str) {
    let post = async |path: &str| one.send("POST", path, &[], &Value::Null).await;
    let remove = async |path: &str| one.send("DELETE", path, &[], &Value::Null).await;
    let added = ok(&post("merchants/shop/api_keys").await);
    let new = added["made"]["api_keys[1]"].as_str().unwrap().to_owned();
    assert!(one.lets_in(old).await && one.lets_in(&new).await);
    ok(&remove(&format!("merchants/shop/api_keys/{print}")).await);
    assert!(!one.lets_in(old).await && one.lets_in(&new).await);
    let last = crate::manage::fingerprint(&new).unwrap();
    let told = remove(&format!("merchants/shop/api_keys/{last}")).await;
    refused(&told, 422, "config-refused");
    let rotated = ok(&post("merchants/shop/endpoints/orders/rotate").await);
    assert!(rotated["made"]["endpoints.orders.secrets[0]"].is_string());
    assert_eq!(rotated["settings"]["endpoints"][0]["secrets"].as_array().unwrap().len(), 2);
    let signing = ok(&one.put("merchants/shop/keys/k1", &json!({ "kind": "hmac-sha256" })).await);
    assert!(signing["made"]["keys.k1.secret"].is_string());
    ok(&remove("merchants/shop/keys/k1").await);
    refused(&remove("merchants/shop/keys/k1").await, 404, "not-found");
    refused(&post("merchants/nobody/api_keys").await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_comes_changes_and_goes_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_merchant_comes_changes_and_goes(Sqlite::open(&folder.path().join("p.db")).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_comes_changes_and_goes_in_postgresql() {
    let server = tokio::task::spawn_blocking(PostgresService::start).await.unwrap();
    let store = postgresql(&server).await;
    a_merchant_comes_changes_and_goes(store).await;
}

async fn postgresql(server: &PostgresService) -> Postgres {
    let options = postgres::Options {
        url: format!("{}?sslmode=disable", server.database()).parse().unwrap(),
        connections: 4,
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        lock_timeout: Duration::from_secs(5),
    };
    postgres::migrate(&options, tokio_postgres::NoTls).await.unwrap();
    Postgres::open(&options, tokio_postgres::NoTls).await.unwrap()
}
