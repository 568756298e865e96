//! The file's sections and the range of every value; the defaults stand in `config/paymux.toml`.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use paymux_engine::access::{PublishedKey, ResponseKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::item::Item;
use super::merchant::Merchants;
use super::network::network;
use super::reference::References;
use super::section::Section;
use super::{
    Delivery, Flat, ForwardedHeader, Limits, Log, LogFormat, Looks, Managed, Outbound, Places,
    Reload, Roles, Routing, Server, Settings, Worker, account, admin, cashier, managed, quotas,
    redis, rules, store, traces, url,
};
use crate::outbound;

pub(super) const SECOND: u64 = 1000;
pub(super) const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Of one merchant; one gateway does no more.
pub(super) const MAX_PER_SECOND: u32 = 100_000;
/// Proxies in front of one gateway, each or in networks.
const MAX_TRUSTED_PROXIES: usize = 64;
/// The one before and the one after the key that signs, and room.
const MAX_PUBLISHED_KEYS: usize = 4;
/// More ports than any policy needs.
const MAX_PORTS: usize = 32;
/// A receiver that needs longer should take note first and work later.
pub(super) const DELIVERY_TIMEOUT: RangeInclusive<Duration> = millis(SECOND, 30 * SECOND);

pub(super) const fn millis(low: u64, high: u64) -> RangeInclusive<Duration> {
    Duration::from_millis(low)..=Duration::from_millis(high)
}

pub(super) fn settings(read: &mut Section<'_>, references: &References<'_>) -> Settings {
    let accounts = read.named("accounts", |_, it| account::account(it, references));
    let mut merchants = Merchants::new(&accounts, references);
    let merchants = read.named("merchants", |_, it| merchants.merchant(it));
    Settings {
        admin: read.section("admin", |it| admin::admin(it, &merchants, references)),
        server: read.section("server", |it| server(it, references)),
        reload: read.section("reload", reload),
        store: read.section("store", |it| store::store(it, references)),
        redis: read.present("redis", |it| redis::redis(it, references)),
        worker: read.section("worker", worker),
        outbound: read.section("outbound", |it| calls(it, references)),
        quotas: read.section("quotas", quotas::quotas),
        delivery: read.section("delivery", delivery),
        limits: read.section("limits", limits),
        cashier: read.section("cashier", |it| cashier::cashier(it, references)),
        log: read.section("log", log),
        managed: Managed {
            seal_keys: read.section("managed", |it| managed::seal_keys(it, references)),
            generation: 0,
        },
        traces: read.present("traces", |it| traces::traces(it, references)),
        accounts,
        merchants,
        rules: read.section("routing", |it| rules::path(it, references.base_dir)),
        routing: Routing::default(),
        places: Places::default(),
        flat: Flat::default(),
        roles: Roles::default(),
        file: None,
        looks: Looks::default(),
    }
}

fn server(read: &mut Section<'_>, references: &References<'_>) -> Server {
    let trusted = read.optional("trusted_proxies").map(|it| it.list(MAX_TRUSTED_PROXIES));
    let published = read.optional("published_keys").map(|it| it.list(MAX_PUBLISHED_KEYS));
    let headers = [
        ("x-forwarded-for", ForwardedHeader::XForwardedFor),
        ("forwarded", ForwardedHeader::Forwarded),
    ];
    Server {
        trusted_proxies: trusted.iter().flatten().filter_map(|it| it.parsed(network)).collect(),
        forwarded_header: read.word("forwarded_header", &headers),
        response_key: read.optional("response_key").and_then(|it| response_key(&it, references)),
        published_keys: published
            .iter()
            .flatten()
            .filter_map(|it| published_key(it, references))
            .collect(),
        public: address(read, "public"),
        admin: address(read, "admin"),
        ops: address(read, "ops"),
        public_url: read.parsed("public_url", url::base).unwrap_or_default(),
        shutdown_grace: read.duration("shutdown_grace", millis(0, 5 * MINUTE)),
    }
}

fn response_key(item: &Item<'_>, references: &References<'_>) -> Option<Arc<ResponseKey>> {
    let pem = item.secret(references)?;
    let key = ResponseKey::parse(pem.expose()).map_err(|it| item.problem(it.to_string()));
    key.ok().map(Arc::new)
}

fn published_key(item: &Item<'_>, references: &References<'_>) -> Option<PublishedKey> {
    let pem = item.open_text(references)?;
    PublishedKey::parse(pem.expose()).map_err(|it| item.problem(it.to_string())).ok()
}

fn address(read: &mut Section<'_>, key: &'static str) -> SocketAddr {
    let problem = "must be an address and a port, such as \"127.0.0.1:8080\"";
    let address = read.parsed(key, |it| it.parse().map_err(|_| problem));
    address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())
}

fn reload(read: &mut Section<'_>) -> Reload {
    Reload { watch: read.duration("watch", millis(0, HOUR)) }
}

fn worker(read: &mut Section<'_>) -> Worker {
    Worker {
        concurrency: read.number("concurrency", 1..=4096),
        lease: read.duration("lease", millis(SECOND, 10 * MINUTE)),
        poll: read.duration("poll", millis(10, MINUTE)),
    }
}

fn calls(read: &mut Section<'_>, references: &References<'_>) -> Outbound {
    Outbound {
        connect_timeout: read.duration("connect_timeout", millis(50, 30 * SECOND)),
        deadline: read.duration("deadline", millis(100, MINUTE)),
        concurrency: read.number("concurrency", 1..=4096),
        breaker_failures: read.number("breaker_failures", 1..=1000),
        breaker_ratio: read.number("breaker_ratio", 1..=100),
        breaker_pause: read.duration("breaker_pause", millis(50, 10 * MINUTE)),
        breaker_probes: read.number("breaker_probes", 1..=100),
        root_certificates: read
            .optional("root_certificates")
            .map(|it| root_certificates(&it, references))
            .unwrap_or_default(),
    }
}

fn root_certificates(item: &Item<'_>, references: &References<'_>) -> Vec<CertificateDer<'static>> {
    let Some(pem) = item.open_text(references) else { return vec![] };
    let all = CertificateDer::pem_slice_iter(pem.expose().as_bytes());
    let all: Vec<_> = all.map_while(Result::ok).collect();
    // One that lacks would be missed later, when nothing can be called.
    let stated = pem.expose().matches("-----BEGIN ").count();
    if all.is_empty() || all.len() != stated || outbound::roots(&all).len() != stated {
        item.problem("is not PEM of authorities' certificates");
    }
    all
}

fn delivery(read: &mut Section<'_>) -> Delivery {
    let ports = read.required("ports").map(|it| it.list(MAX_PORTS)).unwrap_or_default();
    Delivery {
        timeout: read.duration("timeout", DELIVERY_TIMEOUT),
        allow_private_addresses: read.flag("allow_private_addresses"),
        allow_http: read.flag("allow_http"),
        allow_amqp: read.flag("allow_amqp"),
        ports: ports.iter().filter_map(|it| it.number(&(1..=u16::MAX))).collect(),
        per_endpoint: read.number("per_endpoint", 1..=256),
        breaker_failures: read.number("breaker_failures", 1..=1000),
        breaker_pause: read.duration("breaker_pause", millis(50, 10 * MINUTE)),
        disable_after: read.duration("disable_after", millis(SECOND, 30 * 24 * HOUR)),
    }
}

fn limits(read: &mut Section<'_>) -> Limits {
    let expires_in = || millis(MINUTE, 7 * 24 * HOUR);
    Limits {
        body_bytes: read.number("body_bytes", 4096..=1_048_576),
        expires_in_default: read.duration("expires_in_default", expires_in()),
        expires_in_max: read.duration("expires_in_max", expires_in()),
        connections: read.number("connections", 16..=100_000),
        connections_per_address: read.number("connections_per_address", 1..=100_000),
        requests: read.number("requests", 1..=100_000),
        notifications: read.number("notifications", 1..=100_000),
        merchant_per_second: read.number("merchant_per_second", 1..=MAX_PER_SECOND),
        merchant_burst: read.number("merchant_burst", 0..=MAX_PER_SECOND),
        nonces: read.number("nonces", 1000..=100_000_000),
        header_timeout: read.duration("header_timeout", millis(100, MINUTE)),
        body_timeout: read.duration("body_timeout", millis(100, MINUTE)),
        idle_timeout: read.duration("idle_timeout", millis(SECOND, 10 * MINUTE)),
        request_deadline: read.duration("request_deadline", millis(500, 2 * MINUTE)),
    }
}

fn log(read: &mut Section<'_>) -> Log {
    Log {
        format: read.word("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]),
        filter: read.parsed("filter", filter).unwrap_or_default(),
    }
}

/// Strict, since the subscriber itself ignores directives it cannot read.
fn filter(text: &str) -> Result<String, &'static str> {
    match tracing_subscriber::EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.into()),
        Err(_) => Err("must be a level or directives, such as \"info,paymux=debug\""),
    }
}
