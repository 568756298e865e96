//! An account's settings, read once: every problem with them is found here.

use std::net::IpAddr;

use http::Uri;
use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_channel::settings::Reader;
use paymux_channel::{Secret, Settings, SettingsError};

const DEFAULT_GATEWAY: &str = "https://openapi.alipay.com/gateway.do";
/// 当面付; 订单码 is a product of its own with its own contract.
const QR_PRODUCTS: [&str; 2] = ["FACE_TO_FACE_PAYMENT", "QR_CODE_OFFLINE"];
/// Longest `app_id` in the documents.
const MAX_APP_ID: usize = 32;
/// Longest `seller_id` in the documents.
const MAX_SELLER_ID: usize = 28;

/// The old one and the new one.
const MAX_PLATFORM_KEYS: usize = 2;

/// One application at Alipay. Its keys show nothing in `Debug`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) app_id: String,
    pub(crate) seller_id: Option<String>,
    pub(crate) private_key: PrivateKey,
    /// Alipay's, which signs answers and notifications; not the application's own.
    pub(crate) alipay_key: PlatformKeys,
    pub(crate) gateway: String,
    pub(crate) qr_product: String,
}

pub(crate) fn read(settings: &Settings) -> Result<Account, Vec<SettingsError>> {
    let mut reader = settings.reader();
    let app_id = reader.parsed("app_id", |it| identifier(it, MAX_APP_ID));
    let seller_id = optional(&mut reader, "seller_id", |it| identifier(it, MAX_SELLER_ID));
    let private_key = reader.parsed("private_key", PrivateKey::parse);
    let alipay_key = platform_keys(&mut reader, private_key.as_ref());
    let gateway = optional(&mut reader, "gateway", gateway);
    let qr_product = optional(&mut reader, "qr_product_code", qr_product);
    reader.finish()?;
    let read = || {
        Some(Account {
            app_id: app_id?,
            seller_id,
            private_key: private_key?,
            alipay_key: alipay_key?,
            gateway: gateway.unwrap_or_else(|| DEFAULT_GATEWAY.to_owned()),
            qr_product: qr_product.unwrap_or_else(|| QR_PRODUCTS[0].to_owned()),
        })
    };
    Ok(read().expect("what is missing has been reported"))
}

/// Alipay's keys, all of them good: it changes over at a moment of its own choice.
#[derive(Debug)]
pub(crate) struct PlatformKeys(Vec<PublicKey>);

impl PlatformKeys {
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        self.0.iter().any(|it| it.verifies(message, signature))
    }
}

fn platform_keys(reader: &mut Reader<'_>, own: Option<&PrivateKey>) -> Option<PlatformKeys> {
    const KEY: &str = "alipay_public_key";
    let mut given = reader.list(KEY);
    given.retain(|it| !it.expose().trim().is_empty());
    if given.is_empty() {
        reader.problem(KEY, "is missing");
    }
    if given.len() > MAX_PLATFORM_KEYS {
        reader.problem(KEY, format!("are more than {MAX_PLATFORM_KEYS}"));
    }
    let keys: Vec<_> = given.iter().filter_map(|it| platform_key(reader, KEY, own, it)).collect();
    (!keys.is_empty()).then_some(PlatformKeys(keys))
}

fn platform_key(
    reader: &mut Reader<'_>,
    name: &str,
    own: Option<&PrivateKey>,
    text: &Secret,
) -> Option<PublicKey> {
    let key = PublicKey::parse(text.expose());
    let key = key.map_err(|it| reader.problem(name, it.to_string())).ok()?;
    if own.is_some_and(|own| are_a_pair(own, &key)) {
        reader.problem(name, "is the application's own public key; Alipay's is shown beside it");
    }
    Some(key)
}

fn optional(
    reader: &mut Reader<'_>,
    key: &'static str,
    parse: impl FnOnce(&str) -> Result<String, &'static str>,
) -> Option<String> {
    let text = reader.optional(key)?;
    parse(&text).map_err(|problem| reader.problem(key, problem)).ok()
}

/// The commonest mistake of all: then nothing Alipay sends would ever verify.
fn are_a_pair(private: &PrivateKey, public: &PublicKey) -> bool {
    let message = b"one pair?";
    private.sign(message).is_ok_and(|signature| public.verifies(message, &signature))
}

fn identifier(text: &str, max: usize) -> Result<String, &'static str> {
    let fits = text.len() <= max && text.bytes().all(|it| it.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err("is not letters and digits as Alipay gives them") }
}

fn qr_product(text: &str) -> Result<String, &'static str> {
    let known = QR_PRODUCTS.contains(&text);
    known.then(|| text.to_owned()).ok_or("is FACE_TO_FACE_PAYMENT or QR_CODE_OFFLINE")
}

/// Our parameters become its query, so it must not bring any.
fn gateway(text: &str) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let host = uri.host().ok_or("is not an absolute URL")?;
    let plain = uri.query().is_none()
        && !text.contains('#')
        && uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    if !plain {
        return Err("must have no query, fragment or user");
    }
    match uri.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_loopback(host) => Ok(text.to_owned()),
        Some(_) | None => Err("must be https (http only for this machine itself)"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests;
