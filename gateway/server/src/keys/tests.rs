use std::sync::Mutex;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_alipay::Alipay;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{Operation, Outcome, ParseError, Request, Secret};
use paymux_core::{AttemptId, PaymentId};
use paymux_engine::flow::call::Unanswered;
use paymux_engine::outbound::{Outbound, Unmeasured, response};
use paymux_engine::wanted::KeysWanted;
use serde_json::{Value, json};
use tower::service_fn;

use super::*;
use crate::api::tests::rig::{NOW, Rig};

/// Alipay's certificate before and after it was renewed.
fn renewal() -> Value {
    serde_json::from_str(include_str!("../../../../plugins/alipay/vectors/renewal.json")).unwrap()
}

fn text(of: &str) -> String {
    renewal()[of].as_str().unwrap().to_owned()
}

fn key(owner: &str) -> String {
    let keys = include_str!("../../../../plugins/alipay/vectors/keys.json");
    let keys: Value = serde_json::from_str(keys).unwrap();
    keys[owner]["private_pkcs8_pem"].as_str().unwrap().to_owned()
}

fn settings() -> Settings {
    let pairs = [("app_cert", "app"), ("alipay_root_cert", "root"), ("alipay_cert", "old")];
    let mut settings: Settings = pairs.map(|(key, of)| (key, text(of))).into_iter().collect();
    settings.set("app_id", Secret::new("2021000000000001"));
    settings.set("private_key", Secret::new(key("app")));
    settings
}

type Asked = Arc<Mutex<Vec<String>>>;

/// A channel that signs with its new certificate, and gives it to whoever asks by its number.
fn channel(asked: &Asked) -> Outbound {
    let asked = Arc::clone(asked);
    Outbound::new(service_fn(move |request: Request| {
        let uri = request.uri().to_string();
        let download = uri.contains("alipaycert.download");
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        asked.lock().unwrap().push(if download { body } else { "query".to_owned() });
        let answer = if download { certificate() } else { no_such_trade() };
        async move { Ok(response(200, answer)) }
    }))
}

fn certificate() -> String {
    let pem = STANDARD.encode(text("new") + &text("class2"));
    let node = json!({ "code": "10000", "alipay_cert_content": pem });
    json!({ "alipay_open_app_alipaycert_download_response": node }).to_string()
}

fn no_such_trade() -> String {
    let node = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    let sign = PrivateKey::parse(&key("alipay")).unwrap().sign(node.as_bytes()).unwrap();
    let new = &renewal()["sn"]["new"];
    format!(r#"{{"alipay_trade_query_response":{node},"alipay_cert_sn":{new},"sign":"{sign}"}}"#)
}

fn account(outbound: Outbound) -> Arc<Account> {
    Arc::new(Account {
        id: "ali".parse().unwrap(),
        kind: "alipay".into(),
        channel: ArcSwap::from_pointee(Alipay.open(&settings(), &[]).unwrap()),
        learned: ArcSwap::default(),
        outbound,
        gauge: Arc::new(Unmeasured),
        notify_url: "https://pay.example.com/notify/ali".into(),
        return_url: "https://pay.example.com/return/ali".into(),
        keys_wanted: KeysWanted::default(),
    })
}

/// A question's answer names an unknown certificate; it is fetched by that name, once, and the
/// next answer is believed.
#[tokio::test(start_paused = true)]
async fn the_certificate_an_answer_names_is_fetched() {
    let (rig, asked) = (Rig::new(), Asked::default());
    let account = account(channel(&asked));
    let keeper = KeyKeeper {
        gateway: rig.gateway.clone(),
        account: Arc::clone(&account),
        plugin: &Alipay,
        settings: settings(),
        stop: CancellationToken::new(),
    };
    let stop = keeper.stop.clone();
    let running = tokio::spawn(keeper.run());
    let payment = PaymentId::new(NOW, &"shop".parse().unwrap(), 1);
    let ask = || {
        let attempt = AttemptId { payment, number: 1 };
        rig.gateway.call(&account, None, Operation::Query { attempt })
    };
    for _ in 0..3 {
        assert!(matches!(ask().await, Err(Unanswered::Parse(ParseError::UnknownKey { .. }))));
    }
    tokio::time::advance(RARELY + Duration::from_secs(1)).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(ask().await, Ok(Outcome::Absent)));
    let new = text_of_sn();
    let expected = [
        "query",
        "query",
        "query",
        &format!("biz_content=%7B%22alipay_cert_sn%22%3A%22{new}%22%7D"),
        "query",
    ];
    assert_eq!(*asked.lock().unwrap(), expected);
    assert_eq!(account.learned.load()[0].serial, new);
    stop.cancel();
    running.await.unwrap();
}

fn text_of_sn() -> String {
    renewal()["sn"]["new"].as_str().unwrap().to_owned()
}
