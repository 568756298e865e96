//! The gateway's configuration as an operator writes it: a file, and its secrets in files beside
//! it.

pub mod mode;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use paymux_sandbox::{Config, Parties, Sandbox};

use crate::signer;

/// What the merchant shows, and what its webhooks are signed with.
pub const API_KEY: &str = "pk_tests_4f1d0c6a9b2e7835d0c1f6a8";
pub const WEBHOOK_SECRET: &str = "whsec_cGF5bXV4LXRlc3RzLXdlYmhvb2stc2VjcmV0LTAwMQ==";

/// Another merchant's, and those of more endpoints.
pub const OTHER_API_KEY: &str = "pk_tests_other_0c1f6a84f1d0c6a9b2e7835d";
pub const SECOND_SECRET: &str = "whsec_cGF5bXV4LXRlc3RzLXdlYmhvb2stc2VjcmV0LTAwMg==";
pub const THIRD_SECRET: &str = "whsec_cGF5bXV4LXRlc3RzLXdlYmhvb2stc2VjcmV0LTAwMw==";

pub const ALIPAY: &str = "alipay-sandbox";
pub const WECHAT: &str = "wechat-sandbox";

/// A gateway that is patient enough for a busy machine and quick enough for a test.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Lines of the tables of these names.
    pub store: String,
    pub server: &'static str,
    pub merchant: &'static str,
    pub worker: &'static str,
    pub outbound: &'static str,
    pub delivery: &'static str,
    pub limits: &'static str,
    pub reload: &'static str,
    /// A level, or directives.
    pub log: &'static str,
    /// The endpoint's pauses.
    pub schedule: &'static str,
    /// More accounts at Alipay, each by its name and where it calls.
    pub alipay: Vec<(&'static str, String)>,
    /// More accounts at WeChat Pay, each by its name and how it is opened.
    pub wechat: Vec<(&'static str, String)>,
    /// The accounts the merchant uses, in order.
    pub accounts: Vec<&'static str>,
    /// How the first account at Alipay is opened: lines of its table.
    pub alipay_mode: String,
    /// The same of the account at WeChat Pay.
    pub wechat_mode: String,
    /// Whether WeChat Pay is called where it asks for the merchant's certificate.
    pub wechat_tls: bool,
    /// WeChat Pay signs with certificates, which the gateway has to fetch.
    pub certificates: bool,
    /// What else the channels do otherwise.
    pub sandbox: fn(&mut Config),
    /// Divides the channels' own pauses between notifications.
    pub time_scale: u32,
    pub refund_delay_ms: u64,
    /// Between two refunds of one payment at WeChat Pay.
    pub refund_every: &'static str,
    /// Whether notifications pass through the tap.
    pub tapped: bool,
    /// More tables.
    pub more: String,
    /// More files beside the keys.
    pub secrets: Vec<(&'static str, String)>,
}

/// More than any test calls in a second.
const QUOTAS: &str = "\
alipay = { total = 1000, pay = 1000, query = 1000, close = 1000, refund = 1000 }
wechat = { total = 1000, pay = 1000, query = 1000, close = 1000, refund = 1000 }";

impl Default for Setup {
    fn default() -> Self {
        Self {
            store: "path = \"paymux.db\"".to_owned(),
            server: "",
            merchant: "",
            worker: "poll = \"100ms\"",
            outbound: "deadline = \"5s\"\nbreaker_failures = 1000\nbreaker_ratio = 100",
            delivery: "timeout = \"5s\"",
            limits: "request_deadline = \"15s\"\nmerchant_per_second = 100000",
            reload: "watch = \"0s\"",
            log: "info",
            schedule: r#"["0s", "200ms", "200ms", "200ms", "200ms", "200ms", "1s", "1s", "1s"]"#,
            alipay: vec![],
            wechat: vec![],
            accounts: vec![ALIPAY, WECHAT],
            alipay_mode: mode::public_key(),
            wechat_mode: mode::v3(),
            wechat_tls: false,
            certificates: false,
            sandbox: |_| {},
            time_scale: 60,
            refund_delay_ms: 300,
            refund_every: "0s",
            tapped: true,
            more: String::new(),
            secrets: vec![],
        }
    }
}

/// Where everything listens.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// public, admin, ops.
    pub ports: [u16; 3],
    /// How the channels find the public listener.
    pub public_url: &'a str,
    pub webhook_url: &'a str,
}

/// Writes `paymux.toml` and its keys.
pub fn write(folder: &Path, setup: &Setup, places: Places<'_>, sandbox: &Sandbox) {
    let keys = [
        ("api-key.txt", API_KEY),
        ("webhook-secret.txt", WEBHOOK_SECRET),
        ("request-secret.txt", signer::SECRET),
        ("request-rsa-public.pem", signer::RSA_PUBLIC),
        ("request-ed25519-public.pem", signer::ED25519_PUBLIC),
        ("response-key.pem", signer::GATEWAY),
        ("other-api-key.txt", OTHER_API_KEY),
        ("second-secret.txt", SECOND_SECRET),
        ("third-secret.txt", THIRD_SECRET),
        ("rabbitmq-password.txt", "guest"),
    ];
    fs::create_dir_all(folder.join("keys")).expect("the folder can be written");
    for (name, bytes) in mode::files() {
        secret(&folder.join("keys").join(name), bytes);
    }
    for (name, text) in keys {
        secret(&folder.join("keys").join(name), text);
    }
    for (name, text) in &setup.secrets {
        secret(&folder.join("keys").join(name), text);
    }
    let text = [
        tables(setup, places),
        accounts(setup, sandbox),
        merchant(setup, places.webhook_url),
        setup.more.clone(),
    ];
    fs::write(folder.join("paymux.toml"), text.concat()).expect("the folder can be written");
}

/// Writes a file that its owner alone may read, in place of what is there.
pub fn secret(path: &Path, text: impl AsRef<[u8]>) {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.as_mut().map(|it| it.write_all(text.as_ref()));
    written.expect("the folder can be written").expect("the file can be written");
}

fn tables(setup: &Setup, places: Places<'_>) -> String {
    let Places { ports: [public, admin, ops], public_url, .. } = places;
    let Setup { server, store, worker, outbound, delivery, limits, reload, log, .. } = setup;
    let roots =
        if setup.wechat_tls { "root_certificates = \"file:keys/wechat-ca.pem\"" } else { "" };
    format!(
        r#"
[server]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
ops = "127.0.0.1:{ops}"
public_url = "{public_url}"
shutdown_grace = "10s"
response_key = "file:keys/response-key.pem"
{server}

[store]
{store}

[worker]
{worker}

[outbound]
{outbound}
{roots}

[quotas]
{QUOTAS}

[delivery]
allow_private_addresses = true
allow_http = true
{delivery}

[limits]
{limits}

[reload]
{reload}

[log]
format = "json"
filter = "{log}"
"#
    )
}

fn accounts(setup: &Setup, sandbox: &Sandbox) -> String {
    let gateway = sandbox.alipay_url();
    let page = gateway.replace("gateway.do", "oauth2/publicAppAuthorize.htm");
    let mode = format!("authorize_url = \"{page}\"\n{}", setup.alipay_mode);
    let mut text = alipay_account(ALIPAY, &gateway, &mode);
    for (name, gateway) in &setup.alipay {
        text += &alipay_account(name, gateway, &mode::public_key());
    }
    text += &wechat_account(setup, sandbox, WECHAT, &setup.wechat_mode);
    for (name, mode) in &setup.wechat {
        text += &wechat_account(setup, sandbox, name, mode);
    }
    text
}

fn alipay_account(name: &str, gateway: &str, mode: &str) -> String {
    let app_id = Parties::demo().alipay.app_id;
    format!(
        r#"
[accounts.{name}]
channel = "alipay"
app_id = "{app_id}"
private_key = "file:keys/alipay-private.pem"
gateway = "{gateway}"
refund_every = "0s"
{mode}
"#
    )
}

fn wechat_account(setup: &Setup, sandbox: &Sandbox, name: &str, mode: &str) -> String {
    let party = Parties::demo().wechat;
    let refund_every = setup.refund_every;
    let base = if setup.wechat_tls { sandbox.wechat_tls_url() } else { sandbox.wechat_url() };
    let open = sandbox.weixin_url();
    let text = format!(
        r#"
[accounts.{name}]
channel = "wechat"
app_id = "{}"
mch_id = "{}"
base = "{base}"
open_base = "{open}"
authorize_base = "{open}"
refund_every = "{refund_every}"
{mode}
"#,
        party.app_id, party.mch_id,
    );
    if setup.certificates || setup.wechat_tls {
        return text;
    }
    let id = party.public_key_id;
    text + &format!("public_key_id = \"{id}\"\npublic_key = \"file:keys/wechat-public.pem\"\n")
}

fn merchant(setup: &Setup, webhook_url: &str) -> String {
    let Setup { accounts, schedule, merchant, .. } = setup;
    format!(
        r#"
[merchants.tests]
accounts = {accounts:?}
api_keys = ["file:keys/api-key.txt"]
{merchant}

[[merchants.tests.keys]]
id = "hmac-1"
kind = "hmac-sha256"
secret = "file:keys/request-secret.txt"

[[merchants.tests.keys]]
id = "rsa-1"
kind = "rsa-sha256"
public_key = "file:keys/request-rsa-public.pem"

[[merchants.tests.keys]]
id = "ed25519-1"
kind = "ed25519"
public_key = "file:keys/request-ed25519-public.pem"

[[merchants.tests.endpoints]]
id = "shop"
url = "{webhook_url}"
secret = "file:keys/webhook-secret.txt"
ack = "success"
schedule = {schedule}
"#
    )
}
