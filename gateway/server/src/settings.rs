//! The gateway's settings: one TOML file over compiled-in defaults, all problems told at once.
//!
//! This is the only module that reads the environment.

mod account;
mod admin;
mod cashier;
mod check;
mod consistency;
mod credential;
mod difference;
mod door;
mod effective;
mod endpoint;
mod fee;
mod files;
mod flat;
mod item;
mod key;
mod load;
pub(crate) mod managed;
mod merchant;
mod nearest;
mod network;
mod problem;
mod quotas;
mod redis;
mod reference;
mod roles;
mod rules;
pub(crate) mod secrecy;
mod section;
mod sections;
mod settlement;
mod source;
mod store;
mod traces;
mod url;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use paymux_channel::{Secret, SettingsError};
use paymux_core::fee::Rule;
use paymux_core::payment::Policy;
use paymux_core::schedule::Schedule;
use paymux_core::{AccountId, EndpointId, MerchantId};
use paymux_engine::snapshot::{SettlementTerms, TransferTerms};
use paymux_store::redis::Topology;
use rustls::pki_types::CertificateDer;

pub use crate::admin::access::origin::Origin;
pub use crate::admin::access::password::Password;
pub use crate::admin::access::user::{Role as UserRole, User, UserName, Users};
pub use crate::inbound::ForwardedHeader;
pub use paymux_engine::access::{MerchantKey, PublishedKey, ResponseKey};
pub use paymux_engine::cashier::Plate;
pub use paymux_engine::door::Words;
pub use paymux_engine::endpoint::{Ack, ApiKeyHash, Login, WebhookSecret};

pub use crate::outbound::Rates;
pub use admin::Admin;
pub(crate) use check::open_with;
pub use check::{Channels, Summary, check, open, open_text};
pub use difference::{Change, Difference, How};
pub(crate) use files::{Looks, looks};
pub use flat::Flat;
pub(crate) use load::{inlined, seal_keys};
pub use problem::{Place, Places, Problem, Problems};
pub use roles::{Role, Roles};
pub use rules::Routing;

use crate::seal::SealKey;

const DEFAULTS: &str = include_str!("../../../config/paymux.toml");
const DEFAULTS_NAME: &str = "the compiled-in paymux.toml";
/// Thousands of merchants fit; a larger file is not a settings file.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// How `env:NAME` is looked up.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

#[derive(Clone, Debug)]
pub struct Settings {
    pub server: Server,
    pub admin: Admin,
    pub reload: Reload,
    pub store: Store,
    /// None where the gateway runs alone.
    pub redis: Option<Redis>,
    pub worker: Worker,
    pub outbound: Outbound,
    pub quotas: Quotas,
    pub delivery: Delivery,
    pub limits: Limits,
    pub cashier: Cashier,
    pub log: Log,
    pub managed: Managed,
    /// None where nobody collects them.
    pub traces: Option<Traces>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub merchants: BTreeMap<MerchantId, Merchant>,
    /// The file of `routing.rules`.
    pub rules: Option<PathBuf>,
    pub routing: Routing,
    /// Where each key stands in the file, for problems that are found later.
    pub places: Places,
    /// All of it in one list, to compare it with another.
    pub flat: Flat,
    /// What this process does; told by a flag, since nodes share their file.
    pub roles: Roles,
    /// The file it was read from, to be read again.
    pub file: Option<PathBuf>,
    /// How its files stood before they were read.
    pub(crate) looks: Looks,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub ops: SocketAddr,
    /// The base of every `notify_url` and `return_url`, without a slash at its end.
    pub public_url: String,
    pub shutdown_grace: Duration,
    /// Who may say where a request comes from, and where they say so.
    pub trusted_proxies: Vec<IpNet>,
    pub forwarded_header: ForwardedHeader,
    /// Signs the answers to merchants that have keys of their own.
    pub response_key: Option<Arc<ResponseKey>>,
    /// Published beside it.
    pub published_keys: Vec<PublishedKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    pub endpoint: String,
    /// Of requests that no merchant traces, so many of a thousand are.
    pub sample_permille: u32,
    pub headers: Vec<(http::HeaderName, Secret)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// How often to look for changed files; zero for never.
    pub watch: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub driver: Driver,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    Memory,
    Sqlite { path: PathBuf },
    Postgres(Box<Postgres>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    pub options: paymux_store::postgres::Options,
    /// PEM, in place of the system's.
    pub root_certificates: Option<Vec<u8>>,
}

/// What several nodes share beside the store, to save work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redis {
    pub topology: Topology,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// Of the sentinels themselves.
    pub sentinel_password: Option<Secret>,
    pub database: u8,
    /// In front of every key.
    pub prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    pub concurrency: usize,
    pub lease: Duration,
    pub poll: Duration,
}

/// Calls to channels, for each account apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    pub connect_timeout: Duration,
    pub deadline: Duration,
    pub concurrency: usize,
    pub breaker_failures: u32,
    pub breaker_ratio: u32,
    pub breaker_pause: Duration,
    pub breaker_probes: u32,
    /// Whom to trust in place of the system's authorities, if anybody.
    pub root_certificates: Vec<CertificateDer<'static>>,
}

/// Calls a second at most, of each account of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    pub nodes: u32,
    pub channels: BTreeMap<&'static str, Rates>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub timeout: Duration,
    pub allow_private_addresses: bool,
    pub allow_http: bool,
    pub allow_amqp: bool,
    pub ports: Vec<u16>,
    pub per_endpoint: usize,
    pub breaker_failures: u32,
    pub breaker_pause: Duration,
    pub disable_after: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub body_bytes: usize,
    pub expires_in_default: Duration,
    pub expires_in_max: Duration,
    pub connections: usize,
    pub connections_per_address: usize,
    pub requests: usize,
    pub notifications: usize,
    pub merchant_per_second: u32,
    /// Zero: as many as a second allows.
    pub merchant_burst: u32,
    pub nonces: usize,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub idle_timeout: Duration,
    pub request_deadline: Duration,
}

/// What of the configuration is kept in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managed {
    /// The first one seals; without any there is nothing to keep.
    pub seal_keys: Vec<SealKey>,
    /// Of the items that were read.
    pub generation: u64,
}

/// Pages for payers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cashier {
    /// The first signs links; without one there are no pages.
    pub link_keys: Vec<Secret>,
    pub client_per_second: u32,
    pub client_burst: u32,
    pub requests: usize,
    /// Pages that wait for news at once.
    pub streams: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The kind of its plugin.
    pub channel: String,
    /// It takes no new payment; what it took is asked about, refunded and heard of as before.
    pub retired: bool,
    /// Its bills are fetched every day.
    pub bills: bool,
    /// Where they differ from the channel's.
    pub quotas: Rates,
    /// All other keys, references resolved.
    pub settings: paymux_channel::Settings,
}

#[derive(Clone, Debug)]
pub struct Merchant {
    /// What payers read.
    pub name: Option<String>,
    /// In order of preference.
    pub accounts: Vec<AccountId>,
    pub api_keys: Vec<ApiKeyHash>,
    pub keys: Vec<Arc<MerchantKey>>,
    pub require_signature: bool,
    pub allowed_ips: Vec<IpNet>,
    /// In place of the limits of all.
    pub per_second: Option<u32>,
    pub burst: Option<u32>,
    pub endpoints: Vec<Endpoint>,
    /// For systems that speak another gateway's protocol.
    pub doors: Vec<Door>,
    pub policy: Policy,
    /// What it pays: the first that fits a payment has its terms.
    pub fees: Vec<Rule>,
    pub plates: Vec<Arc<Plate>>,
    pub raw_calls: bool,
    pub app_tokens: bool,
    /// Whether it may split its payments with others.
    pub splits: bool,
    pub transfers: Option<TransferTerms>,
    pub settlement: Option<Arc<SettlementTerms>>,
}

#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    pub login: Option<Login>,
    /// One, or two while they change: both sign.
    pub secrets: Vec<WebhookSecret>,
    pub ack: Ack,
    pub schedule: Schedule,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct Door {
    /// Its endpoint's.
    pub name: EndpointId,
    pub party: String,
    pub key: Secret,
    pub schedule: Schedule,
    pub words: Arc<dyn Words>,
}

impl Settings {
    /// What an empty file gives; relative paths start at the current folder.
    pub fn defaults() -> Self {
        Self::parse("", DEFAULTS_NAME, Path::new(""), &|_| None).expect("a test parses them")
    }

    /// Where a key of an account stands, or the account when the key is absent.
    pub fn place(&self, account: &AccountId, key: &str) -> Place {
        let account = format!("accounts.{account}");
        let place = self.places.of(&format!("{account}.{key}"));
        place.or_else(|| self.places.of(&account)).cloned().unwrap_or_default()
    }

    /// What a plugin found wrong with an account, as a problem of the file.
    pub fn problem(&self, account: &AccountId, error: &SettingsError) -> Problem {
        let Place { file, line } = self.place(account, &error.key);
        let key = format!("accounts.{account}.{}", error.key);
        Problem { file, line, key, problem: error.problem.clone() }
    }
}

/// How the program's own commands are let in at an admin listener.
pub(crate) fn admin_token() -> Option<String> {
    process_environment("PAYMUX_ADMIN_TOKEN").filter(|it| !it.is_empty())
}

/// As no-color.org has it.
pub(crate) fn no_color() -> bool {
    process_environment("NO_COLOR").is_some_and(|it| !it.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "settings are where the environment is read")]
fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
