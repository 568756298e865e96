//! Merchants: their accounts, keys, addresses and endpoints, and what must be unlike between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ipnet::IpNet;
use paymux_core::payment::{MAX_ATTEMPTS, Policy, Surplus};
use paymux_core::{AccountId, Currency, EndpointId, PlateId};
use paymux_engine::access::{KeyId, MerchantKey};
use paymux_engine::cashier::Plate;
use paymux_engine::endpoint::ApiKeyHash;
use paymux_engine::snapshot::TransferTerms;
use zeroize::Zeroizing;

use super::credential::{api_key, fingerprint};
use super::item::Item;
use super::nearest::suggestion;
use super::network::network;
use super::problem::Place;
use super::reference::References;
use super::section::Section;
use super::sections::MAX_PER_SECOND;
use super::{Account, Endpoint, Merchant, cashier, door, endpoint, fee, key, rules, settlement};

/// Two are in use while keys change; a few systems may each have their own.
const MAX_API_KEYS: usize = 8;
/// The same for keys that sign.
const MAX_KEYS: usize = 8;
/// Offices and data centres; more is a list nobody keeps.
const MAX_ALLOWED_IPS: usize = 64;
/// Each event goes to each endpoint.
const MAX_ENDPOINTS: usize = 16;
/// The tables of a large restaurant.
const MAX_PLATES: usize = 1000;

pub(super) struct Merchants<'a> {
    accounts: &'a BTreeMap<AccountId, Account>,
    references: &'a References<'a>,
    /// The key at which each secret was first seen, by its hash.
    secrets: BTreeMap<Vec<u8>, String>,
    /// The place of each key's id: ids are told apart without their merchants.
    key_ids: BTreeMap<KeyId, Place>,
    /// The same of code plates.
    plate_ids: BTreeMap<PlateId, Place>,
    /// The same of who comes through a door.
    parties: BTreeMap<String, Place>,
}

impl<'a> Merchants<'a> {
    pub(super) fn new(
        accounts: &'a BTreeMap<AccountId, Account>,
        references: &'a References<'a>,
    ) -> Self {
        let (secrets, key_ids) = (BTreeMap::new(), BTreeMap::new());
        let (plate_ids, parties) = (BTreeMap::new(), BTreeMap::new());
        Self { accounts, references, secrets, key_ids, plate_ids, parties }
    }

    pub(super) fn merchant(&mut self, read: &mut Section<'_>) -> Merchant {
        let accounts = read.required("accounts").map(|it| it.list(MAX_ATTEMPTS));
        let api_keys = read.optional("api_keys").map(|it| it.list(MAX_API_KEYS));
        let keys = read.optional("keys").map(|it| it.list(MAX_KEYS));
        let (doors, any) = door::doors(read, self);
        if api_keys.is_none() && keys.is_none() && !any {
            read.problem("api_keys", "is missing, and so are `keys`");
        }
        let endpoints = read.optional("endpoints").map(|it| it.list(MAX_ENDPOINTS));
        let plates = read.optional("plates").map(|it| it.list(MAX_PLATES));
        let accounts = self.accounts(&accounts.unwrap_or_default());
        let endpoints = self.endpoints(&endpoints.unwrap_or_default());
        for door in doors.iter().filter(|door| endpoints.iter().any(|it| it.id == door.name)) {
            let problem = format!("have one named {}, which is the door's name", door.name);
            read.problem("endpoints", problem);
        }
        let settlement = settlement::settlement(read, &accounts, self.references);
        let settlement = settlement.map(Arc::new);
        Merchant {
            fees: fee::fees(read, &accounts),
            name: read.optional("name").and_then(|it| cashier::shown_name(&it)),
            accounts,
            api_keys: api_keys.iter().flatten().filter_map(|it| self.api_key(it)).collect(),
            require_signature: require_signature(read, keys.is_some()),
            keys: self.keys(&keys.unwrap_or_default()),
            allowed_ips: allowed_ips(read),
            per_second: rate(read, "per_second", 1),
            burst: rate(read, "burst", 0),
            endpoints,
            doors,
            policy: policy(read),
            plates: self.plates(&plates.unwrap_or_default()),
            raw_calls: read.optional("raw_calls").and_then(|it| it.flag()).unwrap_or_default(),
            splits: read.optional("splits").and_then(|it| it.flag()).unwrap_or_default(),
            app_tokens: read.optional("app_tokens").and_then(|it| it.flag()).unwrap_or_default(),
            transfers: transfers(read),
            settlement,
        }
    }

    fn accounts(&self, items: &[Item<'_>]) -> Vec<AccountId> {
        let mut accounts = vec![];
        for item in items {
            let Some(id) = item.parsed(|it| self.account(it)) else { continue };
            if accounts.contains(&id) {
                item.problem("is in this list already");
            }
            accounts.push(id);
        }
        accounts
    }

    fn account(&self, name: &str) -> Result<AccountId, String> {
        let id = name.parse().ok().filter(|it| self.accounts.contains_key(it));
        let known: Vec<_> = self.accounts.keys().map(AccountId::as_str).collect();
        id.ok_or_else(|| format!("is not an account; {}", suggestion(name, &known)))
    }

    fn api_key(&mut self, item: &Item<'_>) -> Option<ApiKeyHash> {
        self.secret(item, api_key)
    }

    fn keys(&mut self, items: &[Item<'_>]) -> Vec<Arc<MerchantKey>> {
        let read = |it: &Item<'_>| it.section()?.read(|section| key::key(section, self));
        // As with endpoints: all or none, so that each stands at its index.
        let keys: Vec<_> = items.iter().map(read).collect();
        keys.into_iter().collect::<Option<_>>().unwrap_or_default()
    }

    /// As what a merchant is known at a door: requests say nothing else of it.
    pub(super) fn party(&mut self, item: &Item<'_>, name: String) {
        if let Some(first) = self.parties.insert(name, item.place.clone()) {
            item.problem(format!("is known at this door already, by {}", first.line()));
        }
    }

    pub(super) fn key_id(&mut self, item: &Item<'_>) -> Option<KeyId> {
        let id: KeyId = item.parsed(str::parse)?;
        if let Some(first) = self.key_ids.insert(id.clone(), item.place.clone()) {
            item.problem(format!("is the id of the key in {} already", first.line()));
        }
        Some(id)
    }

    fn plates(&mut self, items: &[Item<'_>]) -> Vec<Arc<Plate>> {
        let ids = &mut self.plate_ids;
        let read = |it: &Item<'_>| it.section()?.read(|section| cashier::plate(section, ids));
        items.iter().filter_map(read).collect()
    }

    fn endpoints(&mut self, items: &[Item<'_>]) -> Vec<Endpoint> {
        let mut ids = BTreeMap::<EndpointId, Place>::new();
        let mut read = |it: &Item<'_>| {
            Some(it.section()?.read(|section| endpoint::endpoint(section, &mut ids, self)))
        };
        // All are read, so that each has its problems told; then what is no table drops them, or
        // the others would stand at indices that are not theirs.
        let endpoints: Vec<_> = items.iter().map(&mut read).collect();
        endpoints.into_iter().collect::<Option<_>>().unwrap_or_default()
    }

    /// A broker's, which several endpoints may share.
    pub(super) fn password(&self, item: &Item<'_>) -> Option<Zeroizing<String>> {
        item.secret(self.references).map(|it| Zeroizing::new(it.expose().to_owned()))
    }

    /// A secret of its own: one that is known to two is nobody's.
    pub(super) fn secret<T, E: ToString>(
        &mut self,
        item: &Item<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let secret = item.secret(self.references)?;
        let value = parse(secret.expose()).map_err(|it| item.problem(it.to_string())).ok()?;
        self.seen(item, secret.expose());
        Some(value)
    }

    /// A key pair of its own: answers are bound to it.
    pub(super) fn public_key<T, E: ToString>(
        &mut self,
        item: &Item<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let pem = item.open_text(self.references)?;
        let value = parse(pem.expose()).map_err(|it| item.problem(it.to_string())).ok()?;
        self.seen(item, &key::canonical(pem.expose()));
        Some(value)
    }

    fn seen(&mut self, item: &Item<'_>, text: &str) {
        let first = self.secrets.entry(fingerprint(text)).or_insert(item.key.clone());
        if *first != item.key {
            item.problem(format!("is the same secret as {first}"));
        }
    }
}

fn require_signature(read: &mut Section<'_>, has_keys: bool) -> bool {
    let Some(item) = read.optional("require_signature") else { return false };
    let demands = item.flag().unwrap_or_default();
    if demands && !has_keys {
        item.problem("demands signatures, and there are no `keys` to make them with");
    }
    demands
}

fn allowed_ips(read: &mut Section<'_>) -> Vec<IpNet> {
    let items = read.optional("allowed_ips").map(|it| it.list(MAX_ALLOWED_IPS));
    items.iter().flatten().filter_map(|it| it.parsed(network)).collect()
}

fn rate(read: &mut Section<'_>, key: &'static str, least: u32) -> Option<u32> {
    read.optional(key).and_then(|it| it.number(&(least..=MAX_PER_SECOND)))
}

/// Limits of what may not be paid out at all would be a mistake.
fn transfers(read: &mut Section<'_>) -> Option<TransferTerms> {
    let allowed = read.optional("transfers").and_then(|it| it.flag()).unwrap_or_default();
    let mut amount = |key| {
        let item = read.optional(key)?;
        if !allowed {
            item.problem("is of no use without `transfers = true`");
        }
        rules::amount(&item, Currency::Cny)
    };
    let terms = TransferTerms {
        daily_amount: amount("transfers_daily_amount"),
        account_daily_amount: amount("transfers_account_daily_amount"),
        approve_above: amount("transfers_approve_above"),
    };
    allowed.then_some(terms)
}

fn policy(read: &mut Section<'_>) -> Policy {
    let duplicate = [("refund", Surplus::Refund), ("flag", Surplus::Flag)];
    let late = [("refund", Surplus::Refund), ("accept", Surplus::Accept), ("flag", Surplus::Flag)];
    let default = Policy::default();
    let duplicate = read.optional("duplicate").and_then(|it| it.word(&duplicate));
    let late = read.optional("late").and_then(|it| it.word(&late));
    Policy { duplicate: duplicate.unwrap_or(default.duplicate), late: late.unwrap_or(default.late) }
}
