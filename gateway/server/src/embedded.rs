//! Everything in one process: the gateway against simulated channels, for a laptop.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use paymux_engine::clock::World as _;
use paymux_sandbox::{Credentials, Sandbox};

use crate::clock::RealWorld;
use crate::registry;
use crate::settings::{self, Channels, Settings};

/// The demo merchant's key. Public and worthless: it opens nothing but the sandbox.
pub(crate) const API_KEY: &str = "sandbox-merchant-key-0123456789abcdef";
/// The demo merchant's webhook secret; as public as its key.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMTIzNDU2Nzg5";

/// Where the pieces listen, and how patient the deliveries are.
pub(crate) struct Plan<'a> {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) ops: SocketAddr,
    pub(crate) database: &'a Path,
    pub(crate) webhook_url: Option<String>,
    /// The endpoint's pauses, as the settings write them.
    pub(crate) schedule: &'a str,
}

pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The settings of a gateway whose channels are the sandbox's, as a file would say them.
pub(crate) fn settings(plan: &Plan<'_>, sandbox: &Sandbox) -> anyhow::Result<(Settings, Channels)> {
    let text = file(plan, sandbox);
    settings::open_text(&text, "the embedded settings", &secret, registry::PLUGINS)
        .map_err(|problems| anyhow::anyhow!("{problems}"))
}

fn secret(name: &str) -> Option<String> {
    let credentials = Credentials::demo();
    Some(match name {
        "ALIPAY_KEY" => credentials.alipay.private_key_pem,
        "ALIPAY_PUBLIC_KEY" => credentials.alipay.alipay_public_key_pem,
        "WECHAT_KEY" => credentials.wechat.private_key_pem,
        "WECHAT_API_V3_KEY" => credentials.wechat.api_v3_key,
        "WECHAT_PUBLIC_KEY" => credentials.wechat.public_key_pem,
        "WECHAT_APP_SECRET" => credentials.wechat.app_secret,
        // Of this run: its links lead nowhere afterwards.
        "LINK_KEY" => format!("{:032x}", RealWorld::default().entropy()),
        "API_KEY" => API_KEY.to_owned(),
        "WEBHOOK_SECRET" => WEBHOOK_SECRET.to_owned(),
        _ => return None,
    })
}

fn file(plan: &Plan<'_>, sandbox: &Sandbox) -> String {
    let Credentials { alipay, wechat } = Credentials::demo();
    let Plan { public, admin, ops, schedule, .. } = plan;
    let gateway = sandbox.alipay_url();
    let authorize_url = gateway.replace("gateway.do", "oauth2/publicAppAuthorize.htm");
    let mut text = format!(
        r#"
[server]
public = "{public}"
admin = "{admin}"
ops = "{ops}"
public_url = "http://{public}"
shutdown_grace = "2s"

[store]
path = {database:?}

[delivery]
allow_private_addresses = true
allow_http = true
timeout = "1s"

[accounts.alipay-sandbox]
channel = "alipay"
app_id = "{}"
seller_id = "{}"
private_key = "env:ALIPAY_KEY"
alipay_public_key = "env:ALIPAY_PUBLIC_KEY"
gateway = "{gateway}"
authorize_url = "{authorize_url}"

[accounts.wechat-sandbox]
channel = "wechat"
app_id = "{}"
mch_id = "{}"
merchant_serial = "{}"
private_key = "env:WECHAT_KEY"
api_v3_key = "env:WECHAT_API_V3_KEY"
public_key_id = "{}"
public_key = "env:WECHAT_PUBLIC_KEY"
base = "{}"
app_secret = "env:WECHAT_APP_SECRET"
open_base = "{open}"
authorize_base = "{open}"

[cashier]
link_key = "env:LINK_KEY"

[merchants.demo]
name = "Jasmine Tea House"
accounts = ["alipay-sandbox", "wechat-sandbox"]
api_keys = ["env:API_KEY"]

[[merchants.demo.plates]]
id = "front-desk"
name = "Front desk"
"#,
        alipay.app_id,
        alipay.seller_id,
        wechat.app_id,
        wechat.mch_id,
        wechat.merchant_serial,
        wechat.public_key_id,
        sandbox.wechat_url(),
        open = sandbox.weixin_url(),
        database = plan.database.display().to_string(),
    );
    if let Some(url) = &plan.webhook_url {
        text += &format!(
            "\n[[merchants.demo.endpoints]]\nid = \"shop\"\nurl = \"{url}\"\n\
             secret = \"env:WEBHOOK_SECRET\"\nschedule = {schedule}\n"
        );
    }
    text
}
