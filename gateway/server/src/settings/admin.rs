//! Who may look into the gateway, and under which names its admin listener answers.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::MerchantId;
use paymux_engine::endpoint::ApiKeyHash;

use super::credential::{api_key, fingerprint};
use super::item::Item;
use super::nearest::suggestion;
use super::reference::References;
use super::section::Section;
use super::sections::{MINUTE, millis};
use super::{Merchant, Origin, Password, User, UserRole, Users};

/// Two are in use while one replaces the other.
const MAX_TOKENS: usize = 4;
/// Ways in: a name inside and one outside, and room.
const MAX_ORIGINS: usize = 16;
const DAY: u64 = 24 * 60 * MINUTE;

#[derive(Clone, Debug)]
pub struct Admin {
    pub users: Users,
    /// Beside addresses and `localhost`.
    pub origins: Vec<Origin>,
    /// A session ends when nothing was asked for so long,
    pub session_idle: Duration,
    /// and when it is as old as this.
    pub session_max: Duration,
}

pub(super) fn admin(
    read: &mut Section<'_>,
    merchants: &BTreeMap<MerchantId, Merchant>,
    references: &References<'_>,
) -> Admin {
    let origins = read.optional("origins").map(|it| it.list(MAX_ORIGINS));
    let mut tokens = Tokens::default();
    Admin {
        origins: origins.iter().flatten().filter_map(|it| it.parsed(Origin::parse)).collect(),
        session_idle: read.duration("session_idle", millis(MINUTE, DAY)),
        session_max: read.duration("session_max", millis(MINUTE, 7 * DAY)),
        users: read.named("users", |_, it| user(it, merchants, &mut tokens, references)),
    }
}

/// The key at which each token was first seen, by its hash.
#[derive(Default)]
struct Tokens(BTreeMap<Vec<u8>, String>);

fn user(
    read: &mut Section<'_>,
    merchants: &BTreeMap<MerchantId, Merchant>,
    seen: &mut Tokens,
    references: &References<'_>,
) -> User {
    let password = read.optional("password");
    let tokens = read.optional("tokens").map(|it| it.list(MAX_TOKENS));
    if password.is_none() && tokens.is_none() {
        read.problem("password", "is missing, and so are `tokens`");
    }
    let items = password.iter().chain(tokens.iter().flatten());
    let secrets: Vec<_> = items.filter_map(|it| references.resolve(it.text()?)?.ok()).collect();
    let mark = secrets.iter().flat_map(|it| fingerprint(it.expose())).collect::<Vec<_>>();
    User {
        role: role(read, merchants),
        password: password.and_then(|it| self::password(&it, references)),
        tokens: tokens.iter().flatten().filter_map(|it| seen.token(it, references)).collect(),
        mark,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Viewer,
    Operator,
    Admin,
    Merchant,
}

fn role(read: &mut Section<'_>, merchants: &BTreeMap<MerchantId, Merchant>) -> UserRole {
    let words = [
        ("viewer", Word::Viewer),
        ("operator", Word::Operator),
        ("admin", Word::Admin),
        ("merchant", Word::Merchant),
    ];
    let word = read.word("role", &words);
    let merchant = read.optional("merchant");
    if let Some(item) = merchant.as_ref().filter(|_| word != Word::Merchant) {
        item.problem("is for the role \"merchant\" alone");
    }
    match word {
        Word::Viewer => UserRole::Viewer,
        Word::Operator => UserRole::Operator,
        Word::Admin => UserRole::Admin,
        Word::Merchant => {
            if merchant.is_none() {
                read.problem("merchant", "is missing");
            }
            let merchant = merchant.and_then(|it| it.parsed(|it| self::merchant(it, merchants)));
            merchant.map_or(UserRole::Viewer, UserRole::Merchant)
        }
    }
}

fn merchant(name: &str, merchants: &BTreeMap<MerchantId, Merchant>) -> Result<MerchantId, String> {
    let id = name.parse().ok().filter(|it| merchants.contains_key(it));
    let known: Vec<_> = merchants.keys().map(MerchantId::as_str).collect();
    id.ok_or_else(|| format!("is not a merchant; {}", suggestion(name, &known)))
}

fn password(item: &Item<'_>, references: &References<'_>) -> Option<Password> {
    let text = item.secret(references)?;
    Password::parse(text.expose()).map_err(|it| item.problem(it.to_string())).ok()
}

impl Tokens {
    /// One of its own: the audit log must know who it was.
    fn token(&mut self, item: &Item<'_>, references: &References<'_>) -> Option<ApiKeyHash> {
        let secret = item.secret(references)?;
        let token = api_key(secret.expose());
        let token = token.map_err(|it| item.problem(it.to_string().replace("API key", "token")));
        let mark = fingerprint(secret.expose());
        let first = self.0.entry(mark).or_insert(item.key.clone());
        if *first != item.key {
            item.problem(format!("is the same secret as {first}"));
        }
        token.ok()
    }
}
