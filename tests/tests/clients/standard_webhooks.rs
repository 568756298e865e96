//! The libraries of Standard Webhooks verify what the gateway delivers: by the shared secret with
//! each library, by the Ed25519 key with known cryptography, since none of them does that.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use http::HeaderMap;
use paymux_sandbox::Channel;
use paymux_tests::config::{SECOND_SECRET, Setup, WEBHOOK_SECRET};
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::shop::Heard;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::client::{Client, Runtime};

const EVENTS: [&str; 2] = ["payment.succeeded", "payment.closed"];

/// Two deliveries, each signed by both of the endpoint's secrets, and the public key as the API
/// tells it.
async fn delivered() -> (Vec<Heard>, String) {
    let private = format!("whsk_{}", STANDARD.encode([42; 32]));
    let secrets = vec![("webhook-pair.txt", private)];
    let mut rig = Rig::prepare(Setup { secrets, ..Setup::default() }, Build::Plain).await;
    let both = r#"secrets = ["file:keys/webhook-secret.txt", "file:keys/webhook-pair.txt"]"#;
    rig.edit(|text| text.replace(r#"secret = "file:keys/webhook-secret.txt""#, both));
    rig.start_gateway(&[]).await.expect("the gateway serves");
    for order_no in EVENTS.map(|it| it.replace('.', "-")) {
        let order = json!({
            "order_no": order_no,
            "amount": 888,
            "currency": "CNY",
            "subject": "一杯茉莉花茶",
            "method": "qr",
            "channel": "wechat",
        });
        let payment = rig.api.create(&order_no, &order).await.json();
        let out_trade_no = payment["attempt"]["out_trade_no"].as_str().expect("a number");
        if order_no == "payment-succeeded" {
            rig.sandbox.pay(Channel::Wechat, out_trade_no).expect("the order is open");
        } else {
            rig.api.close(payment["id"].as_str().expect("an id")).await;
        }
    }
    let mut heard = vec![];
    for kind in EVENTS {
        heard.push(rig.shop.hears(kind, &kind.replace('.', "-")).await);
    }
    let endpoints = rig.api.get("/v1/endpoints").await.json();
    let key = endpoints["data"][0]["public_keys"][0].as_str().expect("a public key").to_owned();
    (heard, key)
}

fn headers(heard: &Heard) -> BTreeMap<&'static str, String> {
    [
        ("webhook-id", heard.id.clone()),
        ("webhook-timestamp", heard.timestamp.to_string()),
        ("webhook-signature", heard.signature.clone()),
    ]
    .into()
}

fn text(heard: &Heard) -> &str {
    std::str::from_utf8(&heard.body).expect("JSON is text")
}

/// What the programs of other languages are given.
fn settings(heard: &[Heard], public_key: &str) -> Value {
    let delivery =
        |it: &Heard| json!({ "type": it.event["type"], "headers": headers(it), "body": text(it) });
    json!({
        "secret": WEBHOOK_SECRET,
        "other_secret": SECOND_SECRET,
        "public_key": public_key,
        "deliveries": heard.iter().map(delivery).collect::<Vec<_>>(),
    })
}

fn by_the_rust_library(heard: &Heard) {
    let mut map = HeaderMap::new();
    for (name, value) in headers(heard) {
        map.insert(name, value.parse().expect("header text"));
    }
    let (own, other) = (Webhook::new(WEBHOOK_SECRET), Webhook::new(SECOND_SECRET));
    let (own, other) = (own.expect("a secret"), other.expect("a secret"));
    own.verify(&heard.body, &map).expect("it is genuine");
    assert!(own.verify(b"{}", &map).is_err() && other.verify(&heard.body, &map).is_err());
}

fn by_the_public_key(heard: &Heard, public_key: &str) {
    let decoded = |it: &str| STANDARD.decode(it).expect("base64");
    let key = decoded(public_key.strip_prefix("whpk_").expect("a public key"));
    let key = VerifyingKey::from_bytes(&key.try_into().expect("32 bytes")).expect("a key");
    let signature = heard.signature.split(' ').find_map(|it| it.strip_prefix("v1a,"));
    let signature = decoded(signature.expect("it is signed by the key, too"));
    let signature = Signature::from_slice(&signature).expect("64 bytes");
    let signed = [format!("{}.{}.", heard.id, heard.timestamp).as_bytes(), &heard.body].concat();
    key.verify_strict(&signed, &signature).expect("it is genuine");
    assert!(key.verify_strict(&heard.body, &signature).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_webhooks_libraries_believe_our_deliveries() {
    let (heard, public_key) = delivered().await;
    for it in &heard {
        by_the_rust_library(it);
        by_the_public_key(it, &public_key);
    }
    let settings = settings(&heard, &public_key).to_string();
    let clients = [(Runtime::Python, "drive.py"), (Runtime::Node, "drive.mjs")];
    for (runtime, program) in clients {
        let settings = settings.clone();
        let run = move || Client::installed(runtime, "standardwebhooks", program).drive(&settings);
        let held = tokio::task::spawn_blocking(run).await.expect("the client comes to its end");
        assert_eq!(held.len(), 2 * EVENTS.len(), "{held:#?}");
    }
}
