//! Secrets that are made here because nobody gave any: told once, by whoever asked for them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use toml::{Table, Value};

use super::id;

/// A secret and where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) path: String,
    pub(crate) secret: String,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// Makes secrets of chance.
pub(crate) struct Makers<'a>(pub(crate) &'a dyn Fn() -> u128);

impl Makers<'_> {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&(self.0)().to_be_bytes());
        bytes[16..].copy_from_slice(&(self.0)().to_be_bytes());
        bytes
    }

    pub(crate) fn api_key(&self) -> String {
        format!("pk_{}", hex::encode(self.bytes()))
    }

    /// Of an endpoint.
    pub(crate) fn webhook_secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.bytes()))
    }

    fn signing_secret(&self) -> String {
        hex::encode(self.bytes())
    }
}

/// What a merchant must have and was not given.
pub(crate) fn complete(merchant: &mut Table, make: &Makers<'_>) -> Vec<Made> {
    let mut made = vec![];
    if !merchant.contains_key("api_keys") && !merchant.contains_key("keys") {
        let secret = make.api_key();
        merchant.insert("api_keys".into(), vec![Value::from(secret.clone())].into());
        made.push(Made { path: "api_keys[0]".into(), secret });
    }
    for endpoint in tables(merchant, "endpoints") {
        if !endpoint.contains_key("secret") && !endpoint.contains_key("secrets") {
            made.push(insert(endpoint, "endpoints", make.webhook_secret()));
        }
    }
    for key in tables(merchant, "keys") {
        let shared = key.get("kind").and_then(Value::as_str) == Some("hmac-sha256");
        if shared && !key.contains_key("secret") {
            made.push(insert(key, "keys", make.signing_secret()));
        }
    }
    made
}

fn insert(table: &mut Table, list: &str, secret: String) -> Made {
    table.insert("secret".into(), secret.clone().into());
    Made { path: format!("{list}.{}.secret", id(table)), secret }
}

fn tables<'a>(of: &'a mut Table, list: &str) -> impl Iterator<Item = &'a mut Table> {
    let list = of.get_mut(list).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_table_mut)
}
