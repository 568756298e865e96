//! Every secret of the configuration, looked for in everything that the gateway says.

use std::collections::BTreeMap;

use paymux_sandbox::Channel;
use paymux_tests::api::Api;
use paymux_tests::config::{ALIPAY, Setup, WECHAT, mode, secret};
use paymux_tests::program::run;
use paymux_tests::rig::Rig;

use super::wire::{Wire, ask, create, order, request, talk};

/// Of the payer: they may stand in answers to the merchant and nowhere else.
const OPENID: &str = "oCanaryOpenid0123456789abcdef";
const AUTH_CODE: &str = "281234567890123456";
const PAGES: [&str; 18] = [
    "/status",
    "/admin/v1/payments",
    "/admin/v1/merchants",
    "/admin/v1/merchants/tests",
    "/admin/v1/merchants/tests/endpoints",
    "/admin/v1/merchants/tests/events",
    "/admin/v1/accounts",
    "/admin/v1/accounts/alipay-sandbox",
    "/admin/v1/accounts/wechat-sandbox",
    "/admin/v1/audit",
    "/admin/v1/audit/verify",
    "/admin/v1/config/diff",
    "/console",
    "/console/login",
    "/console/accounts",
    "/console/deliveries",
    "/console/routing",
    "/nowhere",
];

fn setup() -> Setup {
    Setup {
        log: "info,paymux=trace,hyper=debug,h2=debug,rustls=debug,tower=debug",
        merchant: "raw_calls = true\napp_tokens = true",
        wechat_mode: mode::v3()
            + &mode::wechat_products()
            + "\napp_secret = \"file:keys/wechat-app-secret.txt\"",
        secrets: vec![
            ("wechat-app-secret.txt", paymux_sandbox::Parties::demo().wechat.app_secret),
            ("link-key.txt", "a canary that signs links to pages, in the tests".into()),
            ("seal-key.txt", "Y2FuYXJ5LXNlYWwta2V5LW9mLTMyLWJ5dGVzLTAwMDE=".into()),
        ],
        more: "\n[cashier]\nlink_key = \"file:keys/link-key.txt\"\n\
               [managed]\nseal_keys = [\"file:keys/seal-key.txt\"]\n"
            .into(),
        ..Setup::default()
    }
}

/// What stands in the secret files, line by line; of PEM one line in its middle will do.
fn canaries(rig: &Rig) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(rig.path("keys")).expect("the keys").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_public =
            name.contains("public") || name.ends_with(".crt") || name == "wechat-ca.pem";
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let lines = text.lines().filter(|it| it.len() >= 16 && !it.starts_with("-----"));
        let lines: Vec<_> = lines.collect();
        if let (false, Some(line)) = (is_public, lines.get(lines.len() / 2)) {
            found.insert(name, (*line).to_owned());
        }
    }
    let token = rig.node.admin_token();
    found.insert("the token of this run".into(), token);
    found
}

/// All that it ever said.
#[derive(Default)]
struct Heard(Vec<(String, String)>);

impl Heard {
    fn note(&mut self, whence: impl Into<String>, text: impl Into<String>) {
        self.0.push((whence.into(), text.into()));
    }

    async fn talk(&mut self, rig: &Rig, what: &str, bytes: Vec<u8>) {
        for reply in talk(rig, bytes).await {
            self.note(what, format!("{}\n{}", reply.head, reply.body));
        }
    }

    async fn get(&mut self, api: &Api, path: &str) {
        let answer = api.get(path).await;
        self.note(path, format!("{:?}\n{}", answer.headers, String::from_utf8_lossy(&answer.body)));
    }
}

/// Payments by several methods, refunds, and whatever goes wrong with them.
async fn trade(rig: &Rig, heard: &mut Heard) {
    let payer = format!("{{\"openid\":\"{OPENID}\",\"client_ip\":\"203.0.113.7\"}}");
    let till = format!("{{\"auth_code\":\"{AUTH_CODE}\"}}");
    let faults = ["", "refuse", "bad_signature", "garbage", "system_error", "cut"];
    let mut number = 0;
    for fault in faults {
        let subject = format!("\"tea [sandbox:{fault}]\"");
        for channel in ["alipay", "wechat"] {
            for (method, payer) in [("qr", "{}"), ("jsapi", &*payer), ("barcode", &*till)] {
                number += 1;
                let key = format!("canary-{number}");
                let begin = format!("{{\"channel\":\"{channel}\",\"payer\":{payer},");
                let body = order("subject", &subject)
                    .replacen('{', &begin, 1)
                    .replace("hostile-1", &key)
                    .replace("\"qr\"", &format!("\"{method}\""));
                heard.talk(rig, &key, create(&key, body)).await;
            }
        }
    }
}

async fn ask_everything(rig: &Rig, heard: &mut Heard, payment: &str) {
    let json = "Content-Type: application/json\r\nIdempotency-Key: k\r\n";
    for tail in ["", "/timeline", "/refunds", "/close", "/sync", "/attempts", "/%00"] {
        for method in ["GET", "POST", "DELETE"] {
            let line = format!("{method} /v1/payments/{payment}{tail}");
            heard.talk(rig, &line, request(&line, json, "{}")).await;
        }
    }
    for account in [ALIPAY, WECHAT, "nobody"] {
        let lines = [
            format!("POST /v1/accounts/{account}/app-token"),
            format!("POST /v1/accounts/{account}/call"),
            format!("POST /notify/{account}"),
            format!("GET /return/{account}?sign=x"),
        ];
        for line in lines {
            for body in ["", "{}", "{\"method\":\"alipay.trade.query\"}", "<xml></xml>", "sign=x"] {
                heard.talk(rig, &line, request(&line, json, body)).await;
            }
        }
    }
    for path in ["/v1/events", "/v1/endpoints", "/v1/gateway-keys", "/v1/plates", "/openapi.json"] {
        heard.get(&rig.api, path).await;
    }
    let nobody = Api { api_key: "pk_wrong_0123456789012345678901234567".into(), ..rig.api.clone() };
    heard.get(&nobody, "/v1/events").await;
    for path in PAGES {
        heard.get(&rig.operator(), path).await;
        let nobody = Api { api_key: nobody.api_key.clone(), ..rig.operator() };
        heard.get(&nobody, path).await;
    }
    let mut wire = Wire::open(rig.node.ports[0]).await;
    wire.send("\0\0\0\r\n\r\n").await;
    heard.note("garbage", String::from_utf8_lossy(&wire.rest().await));
}

/// A secret where none belongs, a key file of another kind, an address that cannot be read.
async fn reload(rig: &Rig, heard: &mut Heard, canaries: &BTreeMap<String, String>) {
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let config = rig.path("paymux.toml").display().to_string();
    for (name, canary) in canaries {
        let reference = format!("\"file:keys/{name}\"");
        if !good.contains(&reference) {
            continue;
        }
        let kept = std::fs::read(rig.path("keys").join(name)).expect("a key");
        let inline = good.replace(&reference, &format!("\"{canary}\""));
        let bare = good.replace(&reference, canary);
        for text in [inline, bare] {
            rig.edit(|_| text);
            told(rig, heard, &config).await;
        }
        rig.edit(|_| good.clone());
        for (before, after) in [("", "§"), ("x", ""), ("-----BEGIN x-----\n", "\n-----END x-----")]
        {
            secret(&rig.path("keys").join(name), format!("{before}{canary}{after}"));
            told(rig, heard, &config).await;
        }
        secret(&rig.path("keys").join(name), kept);
    }
}

async fn told(rig: &Rig, heard: &mut Heard, config: &str) {
    let answer = rig.reload().await;
    heard.note("reload", String::from_utf8_lossy(&answer.body));
    let config = config.to_owned();
    let checked = tokio::task::spawn_blocking(move || run(&["config", "check", &config]));
    let checked = checked.await.expect("it ends");
    heard.note("config check", String::from_utf8_lossy(&checked.stdout));
    heard.note("config check", String::from_utf8_lossy(&checked.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a31_no_secret_of_the_configuration_is_ever_said() {
    let rig = Rig::start(setup()).await;
    let (canaries, mut heard) = (canaries(&rig), Heard::default());
    assert!(canaries.len() > 12, "{:?}", canaries.keys());
    let made = ask(&rig, create("paid", order("order_no", "\"paid\""))).await.json();
    let text = |pointer: &str| made.pointer(pointer).and_then(|it| it.as_str()).unwrap_or_default();
    assert!(rig.sandbox.pay(Channel::Alipay, text("/attempt/out_trade_no")).is_ok());
    rig.shop.hears("payment.succeeded", "paid").await;
    trade(&rig, &mut heard).await;
    ask_everything(&rig, &mut heard, text("/id")).await;
    reload(&rig, &mut heard, &canaries).await;
    assert!(heard.0.len() > 200, "{}", heard.0.len());
    let (logs, metrics) = (rig.logs(), rig.metrics().await.0);
    for payers in [OPENID, AUTH_CODE] {
        assert!(!logs.contains(payers) && !metrics.contains(payers), "{payers} is the payer's own");
    }
    heard.note("the log", logs);
    heard.note("the metrics", metrics);
    for (name, canary) in &canaries {
        let said = heard.0.iter().find(|it| it.1.contains(canary));
        assert!(said.is_none(), "{name} in {}", said.map(|it| it.0.as_str()).unwrap_or_default());
    }
}
