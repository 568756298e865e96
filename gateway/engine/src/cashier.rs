//! Links to pages of ours: signed, so that whoever holds one was given it, and nobody makes one up.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use paymux_channel::Secret;
use paymux_core::{AccountId, MerchantId, Money, PaymentId, PlateId, Timestamp};

/// As long as the hash: a shorter one is the weakest part.
pub const MIN_KEY_BYTES: usize = 32;
/// Longer than any sensible secret, shorter than a file put here by mistake.
pub const MAX_KEY_BYTES: usize = 256;
/// For a payer to come back from the wallet's page that says who it is.
pub const STATE_LIFE: Duration = Duration::from_secs(600);

/// Crockford's, as in payment ids: nothing in it is escaped in a URL, and WeChat takes no other
/// characters in a `state`.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 100 bits of a MAC: a short link, and more guesses than anybody can make.
const MAC_DIGITS: u32 = 20;
/// 45 bits of milliseconds.
const TIME_DIGITS: u32 = 9;

/// A store's fixed code (码牌), at which payers type the amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plate {
    pub id: PlateId,
    /// What its payers see, and the subject of their payments.
    pub name: String,
    pub min_amount: Money,
    pub max_amount: Money,
}

/// The pages' address, and the keys of their links.
pub struct Cashier {
    base: String,
    /// The first signs; all are believed.
    keys: Vec<hmac::Key>,
}

impl fmt::Debug for Cashier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cashier({}, {} keys)", self.base, self.keys.len())
    }
}

/// What a link is for: a MAC of one kind says nothing of another.
enum Subject<'a> {
    Payment(PaymentId),
    Plate(&'a MerchantId, &'a PlateId),
    /// The payer of this browser on the way to this account's question and back.
    Identity(PaymentId, &'a AccountId, &'a str, &'a str),
    /// An order that a plate's form makes, once.
    Form(&'a PlateId, &'a str),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(payment) => write!(f, "payment\n{payment}"),
            Self::Plate(merchant, plate) => write!(f, "plate\n{merchant}\n{plate}"),
            Self::Identity(payment, account, browser, at) => {
                write!(f, "identity\n{payment}\n{account}\n{browser}\n{at}")
            }
            Self::Form(plate, content) => write!(f, "form\n{plate}\n{content}"),
        }
    }
}

impl Cashier {
    /// `base` is how the world reaches us, without a slash at its end. Without a key there are no
    /// links.
    pub fn new(base: &str, keys: &[Secret]) -> Option<Self> {
        let key = |it: &Secret| hmac::Key::new(hmac::HMAC_SHA256, it.expose().as_bytes());
        let keys: Vec<_> = keys.iter().map(key).collect();
        (!keys.is_empty()).then(|| Self { base: base.to_owned(), keys })
    }

    /// The scheme, host and port by which browsers name the pages' origin.
    pub fn origin(&self) -> &str {
        let host = self.base.find("://").map_or(0, |it| it + 3);
        let end = self.base[host..].find('/').map_or(self.base.len(), |it| host + it);
        &self.base[..end]
    }

    /// What stands before every path of ours.
    pub fn root(&self) -> &str {
        &self.base[self.origin().len()..]
    }

    pub fn is_secure(&self) -> bool {
        self.base.starts_with("https://")
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn payment_url(&self, payment: PaymentId) -> String {
        format!("{}/c/{}", self.base, self.payment_link(payment))
    }

    /// `01J…{26}.{mac}`.
    pub fn payment_link(&self, payment: PaymentId) -> String {
        let id = payment.to_string();
        let digits = id.strip_prefix("pay_").unwrap_or(&id);
        format!("{digits}.{}", self.mac(&Subject::Payment(payment)))
    }

    /// Whose page it is; nothing for a link that we never made.
    pub fn payment_of(&self, link: &str) -> Option<PaymentId> {
        let (digits, mac) = link.split_once('.')?;
        let payment = format!("pay_{digits}").parse().ok()?;
        self.agrees(&Subject::Payment(payment), mac).then_some(payment)
    }

    pub fn plate_url(&self, merchant: &MerchantId, plate: &PlateId) -> String {
        let mac = self.mac(&Subject::Plate(merchant, plate));
        format!("{}/q/{plate}.{mac}", self.base)
    }

    /// Whether the link's MAC is this plate's.
    pub fn is_plate(&self, merchant: &MerchantId, plate: &PlateId, mac: &str) -> bool {
        self.agrees(&Subject::Plate(merchant, plate), mac)
    }

    /// What a payer takes along to the wallet's question and brings back.
    pub fn state(
        &self,
        payment: PaymentId,
        account: &AccountId,
        browser: &str,
        now: Timestamp,
    ) -> String {
        let at = digits(u128::from(now.0.unsigned_abs()), TIME_DIGITS);
        let mac = self.mac(&Subject::Identity(payment, account, browser, &at));
        at + &mac
    }

    pub fn is_state(
        &self,
        state: &str,
        payment: PaymentId,
        account: &AccountId,
        browser: &str,
        now: Timestamp,
    ) -> bool {
        let Some((at, mac)) = state.split_at_checked(TIME_DIGITS as usize) else { return false };
        let issued = value(at).and_then(|it| i64::try_from(it).ok()).map(Timestamp);
        let fresh = issued.is_some_and(|it| now.since(it) <= STATE_LIFE);
        fresh && self.agrees(&Subject::Identity(payment, account, browser, at), mac)
    }

    /// The same for the same content of the same form, and nobody else's to choose.
    pub fn form_digits(&self, plate: &PlateId, content: &str) -> String {
        self.mac(&Subject::Form(plate, content))
    }

    fn mac(&self, subject: &Subject<'_>) -> String {
        self.keys.first().map(|key| mac(key, subject)).unwrap_or_default()
    }

    fn agrees(&self, subject: &Subject<'_>, given: &str) -> bool {
        let same = |key| verify_slices_are_equal(mac(key, subject).as_bytes(), given.as_bytes());
        self.keys.iter().any(|key| same(key).is_ok())
    }
}

fn mac(key: &hmac::Key, subject: &Subject<'_>) -> String {
    let tag = hmac::sign(key, format!("paymux 1 {subject}").as_bytes());
    let head = tag.as_ref().iter().take(16).fold(0_u128, |all, it| (all << 8) | u128::from(*it));
    digits(head >> (u128::BITS - 5 * MAC_DIGITS), MAC_DIGITS)
}

fn digits(value: u128, count: u32) -> String {
    let digit = |place: u32| char::from(ALPHABET[((value >> (place * 5)) & 31) as usize]);
    (0..count).rev().map(digit).collect()
}

fn value(text: &str) -> Option<u128> {
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = ALPHABET.iter().position(|it| *it == byte)?;
        Some((value << 5) | digit as u128)
    })
}

#[cfg(test)]
mod tests;
