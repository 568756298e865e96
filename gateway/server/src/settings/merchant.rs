//! Merchants: their accounts, keys and endpoints, and what must be unlike between them.

use std::collections::BTreeMap;

use paymux_core::payment::{MAX_ATTEMPTS, Policy, Surplus};
use paymux_core::{AccountId, EndpointId};
use paymux_engine::endpoint::ApiKeyHash;

use super::credential::{api_key, fingerprint};
use super::endpoint;
use super::item::Item;
use super::nearest::suggestion;
use super::reference::References;
use super::section::Section;
use super::{Account, Endpoint, Merchant};

/// Two are in use while keys change; a few systems may each have their own.
const MAX_API_KEYS: usize = 8;
/// Each event goes to each endpoint.
const MAX_ENDPOINTS: usize = 16;

pub(super) struct Merchants<'a> {
    accounts: &'a BTreeMap<AccountId, Account>,
    references: &'a References<'a>,
    /// The key at which each secret was first seen, by its hash.
    secrets: BTreeMap<Vec<u8>, String>,
}

impl<'a> Merchants<'a> {
    pub(super) fn new(
        accounts: &'a BTreeMap<AccountId, Account>,
        references: &'a References<'a>,
    ) -> Self {
        Self { accounts, references, secrets: BTreeMap::new() }
    }

    pub(super) fn merchant(&mut self, read: &mut Section<'_>) -> Merchant {
        let accounts = read.required("accounts").map(|it| it.list(MAX_ATTEMPTS));
        let api_keys = read.required("api_keys").map(|it| it.list(MAX_API_KEYS));
        let endpoints = read.optional("endpoints").map(|it| it.list(MAX_ENDPOINTS));
        Merchant {
            accounts: self.accounts(&accounts.unwrap_or_default()),
            api_keys: api_keys.iter().flatten().filter_map(|it| self.api_key(it)).collect(),
            endpoints: self.endpoints(&endpoints.unwrap_or_default()),
            policy: policy(read),
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

    fn endpoints(&mut self, items: &[Item<'_>]) -> Vec<Endpoint> {
        let mut ids = BTreeMap::<EndpointId, usize>::new();
        let mut read = |it: &Item<'_>| {
            Some(it.section()?.read(|section| endpoint::endpoint(section, &mut ids, self)))
        };
        // All are read, so that each has its problems told; then what is no table drops them, or
        // the others would stand at indices that are not theirs.
        let endpoints: Vec<_> = items.iter().map(&mut read).collect();
        endpoints.into_iter().collect::<Option<_>>().unwrap_or_default()
    }

    /// A secret of its own: one that is known to two is nobody's.
    pub(super) fn secret<T, E: ToString>(
        &mut self,
        item: &Item<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let secret = item.secret(self.references)?;
        let value = parse(secret.expose()).map_err(|it| item.problem(it.to_string())).ok()?;
        let first = self.secrets.entry(fingerprint(secret.expose())).or_insert(item.key.clone());
        if *first != item.key {
            item.problem(format!("is the same secret as {first}"));
        }
        Some(value)
    }
}

fn policy(read: &mut Section<'_>) -> Policy {
    let duplicate = [("refund", Surplus::Refund), ("flag", Surplus::Flag)];
    let late = [("refund", Surplus::Refund), ("accept", Surplus::Accept), ("flag", Surplus::Flag)];
    let default = Policy::default();
    let duplicate = read.optional("duplicate").and_then(|it| it.word(&duplicate));
    let late = read.optional("late").and_then(|it| it.word(&late));
    Policy { duplicate: duplicate.unwrap_or(default.duplicate), late: late.unwrap_or(default.late) }
}
