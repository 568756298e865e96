//! The gateway's settings: those of `paymux sandbox init`, for as many merchants as there are.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;

use super::Plan;
use super::ports::Ports;
use crate::store::Services;

/// The limits that protect one merchant's neighbours and accounts would hide the gateway's own.
const ROOM: &str = "
[limits]
merchant_per_second = 100000
requests = 4096
notifications = 4096
[quotas]
alipay = { total = 100000, pay = 100000, query = 100000, refund = 100000 }
wechat = { total = 100000, pay = 100000, query = 100000, refund = 100000 }
[outbound]
concurrency = 1024
";

/// How the requests to the channel are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Signing {
    /// Alipay: RSA-2048, in the request's form.
    #[default]
    AlipayRsa2,
    /// WeChat Pay's version 3: RSA-2048, in a header.
    WechatV3,
    /// WeChat Pay's version 2: an HMAC, in the XML.
    WechatV2,
}

impl Signing {
    pub const fn channel(self) -> &'static str {
        match self {
            Self::AlipayRsa2 => "alipay",
            Self::WechatV3 | Self::WechatV2 => "wechat",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::AlipayRsa2 => "Alipay RSA2",
            Self::WechatV3 => "WeChat v3",
            Self::WechatV2 => "WeChat v2",
        }
    }
}

/// Writes the files anew, and gives the merchants' API keys.
pub(super) fn write(
    dir: &Path,
    plan: &Plan,
    services: &Services,
    ports: &Ports,
) -> anyhow::Result<Vec<String>> {
    let (path, mut sandbox) = (dir.join("sandbox.toml"), String::new());
    sandbox += &replaced(&std::fs::read_to_string(&path)?, ports);
    std::fs::write(path, sandbox)?;
    let path = dir.join("paymux.toml");
    let text = std::fs::read_to_string(&path)?;
    let common = text.split("[merchants.demo]").next().unwrap_or_default();
    let mut text = replaced(common, ports) + ROOM + &services.settings();
    if plan.caught {
        let public_url = |port: u16| format!("public_url = \"http://127.0.0.1:{port}\"");
        text = text.replace(&public_url(ports.public), &public_url(ports.relay));
    }
    if let Some(places) = plan.places {
        text = text.replace("[delivery]\n", &format!("[delivery]\nper_endpoint = {places}\n"));
    }
    if plan.signing == Signing::WechatV2 {
        text = version_2(&text);
    }
    if let Some(url) = &services.url {
        secret(dir, "store-url.txt", url)?;
    }
    let mut keys = vec![];
    for number in 0..plan.temper.merchants.max(1) {
        let key = format!("pk_load_{}", hex::encode(random()?));
        secret(dir, &format!("api-{number}.txt"), &key)?;
        let secret_text = format!("whsec_{}", STANDARD.encode(random()?));
        secret(dir, &format!("webhook-{number}.txt"), &secret_text)?;
        text += &merchant(number, ports.merchants);
        keys.push(key);
    }
    std::fs::write(path, text)?;
    Ok(keys)
}

fn replaced(text: &str, ports: &Ports) -> String {
    let replace =
        |text: String, (old, new): (u16, u16)| text.replace(&format!(":{old}"), &format!(":{new}"));
    ports.written().into_iter().fold(text.to_owned(), replace)
}

/// The same account over the older API.
fn version_2(text: &str) -> String {
    let key = "api_v3_key = \"file:keys/wechat-api-v3-key.txt\"";
    text.replace(
        key,
        "api = \"v2\"\napi_v2_key = \"file:keys/wechat-api-v2-key.txt\"\n\
        certificate_p12 = \"file:keys/wechat-merchant-certificate.p12\"\n\
        server_ip = \"203.0.113.7\"",
    )
    .lines()
    .filter(|line| !VERSION_3.iter().any(|key| line.starts_with(key)))
    .fold(String::new(), |text, line| text + line + "\n")
}

const VERSION_3: [&str; 6] = [
    "merchant_serial",
    "private_key = \"file:keys/wechat",
    "public_key_id",
    "public_key =",
    "codepay",
    "store_out_id",
];

fn merchant(number: u32, port: u16) -> String {
    format!(
        "[merchants.m{number}]
accounts = [\"alipay-sandbox\", \"wechat-sandbox\"]
api_keys = [\"file:keys/api-{number}.txt\"]
[[merchants.m{number}.endpoints]]
id = \"shop\"
url = \"http://127.0.0.1:{port}/webhook/{number}\"
secret = \"file:keys/webhook-{number}.txt\"
ack = \"success\"
"
    )
}

fn secret(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(dir.join("keys").join(name))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(())
}

fn random() -> anyhow::Result<[u8; 24]> {
    let mut bytes = [0; 24];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_leaves_what_it_does_not_know() {
        let text = "merchant_serial = \"1\"\napi_v3_key = \"file:keys/wechat-api-v3-key.txt\"\n\
            codepay = true\nmch_id = \"2\"\n";
        let version_2 = version_2(text);
        assert!(version_2.starts_with("api = \"v2\"\n"), "{version_2}");
        assert!(version_2.ends_with("mch_id = \"2\"\n") && !version_2.contains("codepay"));
    }
}
