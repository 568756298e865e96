//! An account of APIv2: its settings, read once, and every problem with them.

mod certificate;

use std::net::IpAddr;

use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_channel::settings::Reader;
use paymux_channel::{Capabilities, ClientCertificate, Secret, Settings, SettingsError};

use super::key::{Key, SignType};
use super::xml::Fields;
use crate::app_token;
use crate::settings::{APIS, BILLS_FROM, Merchant, REFUND_EVERY, TILL, merchant, own_key};

/// The old one and the new one.
const MAX_KEYS: usize = 2;

/// Its keys show nothing in `Debug`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) merchant: Merchant,
    /// At least one; the first signs, each verifies: what WeChat Pay signed before the key was
    /// changed is still under way.
    pub(crate) keys: Vec<Key>,
    pub(crate) sign_type: SignType,
    /// By which it is known where money goes back.
    pub(crate) certificate: ClientCertificate,
    /// The certificate's, which also signs the payer's way back to us.
    pub(crate) private_key: PrivateKey,
    pub(crate) own_key: PublicKey,
    /// What is told where the payer's address is not known.
    pub(crate) server_ip: String,
    pub(crate) capabilities: Capabilities,
}

impl Account {
    /// As this account signs, and in no other way: a message cannot choose a weaker one.
    pub(crate) fn signed(&self, fields: &Fields) -> bool {
        self.signed_as(self.sign_type, fields)
    }

    pub(crate) fn signed_as(&self, kind: SignType, fields: &Fields) -> bool {
        let named = fields.text("sign_type").is_none_or(|it| it == kind.name());
        named && self.keys.iter().any(|key| key.signed(kind, fields))
    }
}

pub(crate) fn is_chosen(settings: &Settings) -> bool {
    settings.reader().optional("api").as_deref() == Some("v2")
}

pub(crate) fn read(settings: &Settings) -> Result<Account, Vec<SettingsError>> {
    let mut reader = settings.reader();
    reader.word("api", &APIS);
    let merchant = merchant::read(&mut reader);
    let keys = keys(&mut reader);
    let sign_type = reader.word("sign_type", &SignType::WORDS);
    let mch_id = merchant.as_ref().map(|it| it.mch_id.as_str());
    let identity = certificate::read(&mut reader, mch_id);
    let server_ip = reader.parsed("server_ip", address);
    let till = TILL.read(&mut reader);
    let refund_every = reader.refund_every(REFUND_EVERY);
    reader.finish()?;
    let read = || {
        let merchant = merchant?;
        let (certificate, private_key) = identity?;
        let capabilities = Capabilities {
            methods: merchant.methods(true),
            fetches_platform_keys: false,
            till,
            refund_every,
            bills_from: BILLS_FROM,
            shown_for: merchant::shown_for,
            transfers: None,
            splits: None,
            app_token: app_token::of(&merchant),
        };
        Some(Account {
            keys,
            sign_type: sign_type.unwrap_or(SignType::HmacSha256),
            certificate,
            own_key: own_key(&private_key)?,
            private_key,
            server_ip: server_ip?,
            capabilities,
            merchant,
        })
    };
    Ok(read().expect("what is missing has been reported"))
}

/// While one replaces the other, the first is the one WeChat Pay has by now.
fn keys(reader: &mut Reader<'_>) -> Vec<Key> {
    const KEY: &str = "api_v2_key";
    let given = reader.list(KEY);
    if !(1..=MAX_KEYS).contains(&given.len()) {
        reader.problem(KEY, format!("is missing, or are more than {MAX_KEYS}"));
        return vec![];
    }
    let mut key = |it: &Secret| Key::new(it.expose()).map_err(|why| reader.problem(KEY, why)).ok();
    given.iter().filter_map(&mut key).collect()
}

fn address(text: &str) -> Result<String, &'static str> {
    text.parse::<IpAddr>().map(|_| text.to_owned()).map_err(|_| "is not an IP address")
}

#[cfg(test)]
mod tests;
