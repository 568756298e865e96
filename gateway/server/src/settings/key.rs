//! A merchant's key for signing: its name, its kind, what it is made of, how long it lives.

use std::sync::Arc;

use paymux_core::Timestamp;
use paymux_engine::access::{Algorithm, KeyMaterial, MerchantKey, PublishedKey};

use super::item::Item;
use super::merchant::Merchants;
use super::section::Section;

const KINDS: [(&str, Algorithm); 3] = [
    (Algorithm::HmacSha256.name(), Algorithm::HmacSha256),
    (Algorithm::RsaSha256.name(), Algorithm::RsaSha256),
    (Algorithm::Ed25519.name(), Algorithm::Ed25519),
];

/// None when something is wrong with it, which is told.
pub(super) fn key(
    read: &mut Section<'_>,
    merchants: &mut Merchants<'_>,
) -> Option<Arc<MerchantKey>> {
    let id = read.required("id").and_then(|it| merchants.key_id(&it));
    let kind = read.required("kind").and_then(|it| it.word(&KINDS));
    let not_before = read.optional("not_before").and_then(|it| instant(&it));
    let (secret, public_key) = (read.optional("secret"), read.optional("public_key"));
    let end = read.optional("not_after");
    let not_after = end.as_ref().and_then(instant);
    if let (Some(begin), Some(last), Some(item)) = (not_before, not_after, &end)
        && last <= begin
    {
        item.problem("must be later than `not_before`");
    }
    let material = material(read, kind?, secret, public_key, merchants);
    Some(Arc::new(MerchantKey { id: id?, material: material?, not_before, not_after }))
}

/// A shared secret or a public key, as the kind has it, and never the other.
fn material(
    read: &Section<'_>,
    kind: Algorithm,
    secret: Option<Item<'_>>,
    public_key: Option<Item<'_>>,
    merchants: &mut Merchants<'_>,
) -> Option<KeyMaterial> {
    let is_shared = kind == Algorithm::HmacSha256;
    let (name, item, other) =
        if is_shared { ("secret", secret, public_key) } else { ("public_key", public_key, secret) };
    if let Some(other) = other {
        other.problem(format!("is nothing that a key of the kind \"{}\" has", kind.name()));
    }
    let Some(item) = item else {
        read.problem(name, "is missing");
        return None;
    };
    match kind {
        Algorithm::HmacSha256 => merchants.secret(&item, KeyMaterial::hmac),
        Algorithm::RsaSha256 => merchants.public_key(&item, KeyMaterial::rsa),
        Algorithm::Ed25519 => merchants.public_key(&item, KeyMaterial::ed25519),
    }
}

/// However the PEM is laid out, the same key is the same text.
pub(super) fn canonical(pem: &str) -> String {
    PublishedKey::parse(pem).map(|it| it.pem).unwrap_or_default()
}

fn instant(item: &Item<'_>) -> Option<Timestamp> {
    let problem = "must be an instant such as \"2026-01-31T00:00:00Z\"";
    let parsed = item.parsed(|it| it.parse::<jiff::Timestamp>().map_err(|_| problem));
    parsed.map(|it| Timestamp(it.as_millisecond()))
}
