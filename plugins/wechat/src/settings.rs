//! An account's settings, read once: every problem with them is found here.

mod base;
pub(crate) mod merchant;
mod open;
mod party;
mod products;

use std::cmp::Ordering;
use std::ops::Deref;
use std::time::Duration;

use paymux_channel::aead::AeadKey;
use paymux_channel::keys::{Certificate, KeySet};
use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_channel::settings::Reader;
use paymux_channel::{Capabilities, PlatformKey, Secret, Settings, SettingsError, Splits, Till};

pub(crate) use merchant::Merchant;
pub(crate) use open::Open;
pub(crate) use party::{OpenidOf, Sub};
pub(crate) use products::{H5Info, Store};

/// A certificate's serial has at most 20 bytes.
const MAX_SERIAL: usize = 40;
pub(crate) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";
/// Longest public key id; those seen have 45.
pub(crate) const MAX_PUBLIC_KEY_ID: usize = 64;
/// The old one and the new one.
const MAX_PUBLIC_KEYS: usize = 2;
/// Room for both ends of a rotation, several times over.
const MAX_CERTIFICATES: usize = 16;

pub(crate) const TILL: Till = Till {
    code_prefixes: &["10", "11", "12", "13", "14", "15"],
    query_every: Duration::from_secs(5),
    decide_after: Duration::from_secs(45),
    reverse_after: Duration::from_secs(15),
};

/// A second refund of one order within the minute is turned away.
pub(crate) const REFUND_EVERY: Duration = Duration::from_secs(60);
/// The day's bills are made from nine o'clock on, and there for everybody at ten.
pub(crate) const BILLS_FROM: Duration = Duration::from_secs(10 * 3600);

/// Which of WeChat Pay's two APIs an account speaks; a merchant of ours sees no difference.
pub(crate) const APIS: [(&str, ()); 2] = [("v3", ()), ("v2", ())];

/// One merchant number at WeChat Pay. Its keys show nothing in `Debug`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) merchant: Merchant,
    /// Of our certificate, upper-case with its leading zeros.
    pub(crate) merchant_serial: String,
    pub(crate) private_key: PrivateKey,
    /// The public half of it, for what we signed ourselves.
    pub(crate) own_key: PublicKey,
    pub(crate) api_v3_key: AeadKey,
    /// WeChat Pay's, of both kinds at once: a merchant who changes from one to the other gets
    /// messages signed by either.
    pub(crate) keys: KeySet,
    pub(crate) public_key_id: Option<String>,
    /// Where codes are scanned; none while they are not.
    pub(crate) store: Option<Store>,
    pub(crate) capabilities: Capabilities,
}

impl Deref for Account {
    type Target = Merchant;

    fn deref(&self) -> &Merchant {
        &self.merchant
    }
}

pub(crate) fn read(
    settings: &Settings,
    learned: &[PlatformKey],
) -> Result<Account, Vec<SettingsError>> {
    let mut reader = settings.reader();
    reader.word("api", &APIS);
    let merchant = merchant::read(&mut reader);
    let merchant_serial = reader.parsed("merchant_serial", serial);
    let private_key = reader.parsed("private_key", PrivateKey::parse);
    let api_v3_key = reader.parsed("api_v3_key", |it| AeadKey::new(it.as_bytes()));
    let mut keys = KeySet::default();
    let public_key_id = public_key(&mut reader, private_key.as_ref(), &mut keys);
    certificates(&mut reader, private_key.as_ref(), learned, &mut keys);
    let store = products::store(&mut reader);
    let till = TILL.read(&mut reader);
    let refund_every = reader.refund_every(REFUND_EVERY);
    let splits = Splits::read(&mut reader, crate::split::RECEIVERS);
    reader.finish()?;
    let merchant = merchant.expect("what is missing has been reported");
    let capabilities = Capabilities {
        methods: merchant.methods(store.is_some()),
        // A public key never changes; certificates do, and may still sign beside it.
        fetches_platform_keys: true,
        till,
        refund_every,
        bills_from: BILLS_FROM,
        shown_for: merchant::shown_for,
        // A provider pays out of its own pocket alone, under other paths.
        transfers: merchant.sub.is_none().then_some(crate::transfer::TRANSFERS),
        splits,
        app_token: crate::app_token::of(&merchant),
    };
    let read = || {
        Some(Account {
            merchant,
            merchant_serial: merchant_serial?,
            own_key: own_key(private_key.as_ref()?)?,
            private_key: private_key?,
            api_v3_key: api_v3_key?,
            keys,
            public_key_id,
            store,
            capabilities,
        })
    };
    Ok(read().expect("what is missing has been reported"))
}

pub(crate) fn own_key(key: &PrivateKey) -> Option<PublicKey> {
    PublicKey::from_der(&key.public_der()?).ok()
}

/// The keys and their numbers, or none; while one replaces the other, the first is the one we ask
/// WeChat Pay to sign with.
fn public_key(
    reader: &mut Reader<'_>,
    own: Option<&PrivateKey>,
    keys: &mut KeySet,
) -> Option<String> {
    let (ids, texts) = (reader.list("public_key_id"), reader.list("public_key"));
    match ids.len().cmp(&texts.len()) {
        Ordering::Less => reader.problem("public_key_id", "is missing beside public_key"),
        Ordering::Greater => reader.problem("public_key", "is missing beside public_key_id"),
        Ordering::Equal if ids.len() > MAX_PUBLIC_KEYS => {
            reader.problem("public_key", format!("are more than {MAX_PUBLIC_KEYS}"));
        }
        Ordering::Equal => {}
    }
    let mut first = None;
    for (id, text) in ids.iter().zip(&texts) {
        let id = fit(reader, "public_key_id", id.expose().to_owned(), public_key_id);
        let key = fit(reader, "public_key", text.expose().to_owned(), PublicKey::parse);
        let (Some(id), Some(key)) = (id, key) else { continue };
        if is_own(own, &key) {
            reader.problem("public_key", "is the merchant's own key; WeChat Pay's is beside it");
        }
        keys.insert(&id, key);
        first = first.or(Some(id));
    }
    first
}

/// What the account itself names wins over what was learned.
fn certificates(
    reader: &mut Reader<'_>,
    own: Option<&PrivateKey>,
    learned: &[PlatformKey],
    keys: &mut KeySet,
) {
    const KEY: &str = "platform_certificates";
    let given = reader.list(KEY);
    if given.len() > MAX_CERTIFICATES {
        return reader.problem(KEY, format!("are more than {MAX_CERTIFICATES}"));
    }
    // They are no setting: one that spoiled since only lacks, and is fetched again.
    let learned = learned.iter().filter_map(|it| certificate(own, &it.certificate_pem).ok());
    learned.for_each(|it| keys.insert_certificate(it));
    for pem in given.iter().map(Secret::expose) {
        match certificate(own, pem) {
            Ok(certificate) => keys.insert_certificate(certificate),
            Err(problem) => reader.problem(KEY, problem),
        }
    }
}

fn certificate(own: Option<&PrivateKey>, pem: &str) -> Result<Certificate, String> {
    if pem.matches("-----BEGIN ").count() > 1 {
        return Err("holds several in one text; each is an item of the list".into());
    }
    let certificate = Certificate::parse(pem).map_err(|it| it.to_string())?;
    if is_own(own, &certificate.key) {
        return Err("holds the merchant's own certificate, which WeChat Pay does not use".into());
    }
    Ok(certificate)
}

/// Taking our own key for the platform's would let us, and whoever has it, forge its messages.
pub(crate) fn is_own(own: Option<&PrivateKey>, key: &PublicKey) -> bool {
    let message = b"one pair?";
    let signed = own.and_then(|it| it.sign(message).ok());
    signed.is_some_and(|signature| key.verifies(message, &signature))
}

fn fit<T, E: ToString>(
    reader: &mut Reader<'_>,
    key: &'static str,
    text: String,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    parse(&text).map_err(|it| reader.problem(key, it.to_string())).ok()
}

fn serial(text: &str) -> Result<String, &'static str> {
    let fits = text.len() <= MAX_SERIAL && text.bytes().all(|it| it.is_ascii_hexdigit());
    if fits { Ok(text.to_ascii_uppercase()) } else { Err("is not a serial in hexadecimal") }
}

fn public_key_id(text: &str) -> Result<String, &'static str> {
    let digits = text.strip_prefix(PUBLIC_KEY_ID).filter(|_| text.len() <= MAX_PUBLIC_KEY_ID);
    let fits = digits.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    if fits { Ok(text.to_owned()) } else { Err("is not PUB_KEY_ID_ and digits") }
}

#[cfg(test)]
mod tests;
