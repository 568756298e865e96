//! What values demand of each other, over the whole file.

use std::net::SocketAddr;
use std::time::Duration;

use paymux_channel::settings::duration::text;
use paymux_core::{AccountId, MerchantId};
use paymux_engine::access::Algorithm;
use paymux_engine::flow::resolve::MAX_CALLS;
use paymux_store::postgres::Options;

use super::section::Report;
use super::url::Url;
use super::{Driver, Merchant, Server, Settings};
use crate::doors::EPAY;

/// What of a lease is the store's, whatever the limits it has of its own.
const STORE: Duration = Duration::from_secs(2);

/// Keys that already have a problem are left alone: what stands in for them means nothing.
pub(super) fn check(settings: &Settings, report: &Report, file: &str) {
    let rule = Rule { report, file };
    let Settings { outbound, delivery, limits, .. } = settings;
    rule.less(
        ("outbound.connect_timeout", outbound.connect_timeout),
        ("outbound.deadline", outbound.deadline),
    );
    rule.less(
        ("outbound.deadline", outbound.deadline),
        ("limits.request_deadline", limits.request_deadline),
    );
    let lease = Lease::of(settings);
    rule.fits(("outbound.deadline", outbound.deadline), MAX_CALLS, lease);
    rule.fits(("delivery.timeout", delivery.timeout), 1, lease);
    for (key, timeout) in endpoint_timeouts(settings) {
        rule.fits((&key, timeout), 1, lease);
    }
    if let Driver::Postgres(postgres) = &settings.store.driver {
        let Options { lock_timeout, statement_timeout, .. } = postgres.options;
        rule.less(
            ("store.lock_timeout", lock_timeout),
            ("store.statement_timeout", statement_timeout),
        );
    }
    if limits.expires_in_default > limits.expires_in_max {
        let keys = ["limits.expires_in_default", "limits.expires_in_max"];
        rule.broken(&keys, "`limits.expires_in_default` must not exceed `limits.expires_in_max`");
    }
    rule.listeners(&settings.server);
    for key in led_to_ourselves(settings) {
        rule.broken(&[&key], "must not lead to the gateway itself (`server.public_url`)");
    }
    let raw_calls = ("raw_calls", "reaches every payment of");
    rule.alone(raw_calls, settings, |it| it.raw_calls);
    rule.alone(("app_tokens", "acts as the application of"), settings, |it| it.app_tokens);
    if settings.cashier.link_keys.is_empty() {
        let epay = |it: &Merchant| it.doors.iter().any(|it| it.name.as_str() == EPAY);
        if let Some((id, _)) = settings.merchants.iter().find(|(_, it)| epay(it)) {
            let key = format!("merchants.{id}.epay");
            rule.broken(&[&key], "needs `cashier.link_key`, which signs the links to its pages");
        }
        let mut plates = settings.merchants.iter().filter(|(_, it)| !it.plates.is_empty());
        if let Some((id, _)) = plates.next() {
            let key = format!("merchants.{id}.plates");
            rule.broken(&[&key], "needs `cashier.link_key`, which signs the links of its codes");
        }
    }
    if settings.server.response_key.is_none() {
        for key in signed_by_us(settings) {
            let problem = "needs `server.response_key`, which signs the answers to this key";
            rule.broken(&[&key, "server.response_key"], problem);
        }
    }
}

/// Keys whose other half the gateway does not have: it cannot sign with them.
fn signed_by_us(settings: &Settings) -> Vec<String> {
    let merchants = settings.merchants.iter();
    let keys = merchants.flat_map(|(id, merchant)| {
        merchant.keys.iter().enumerate().map(move |(index, it)| (id, index, it))
    });
    keys.filter(|(_, _, it)| it.material.algorithm() != Algorithm::HmacSha256)
        .map(|(merchant, index, _)| format!("merchants.{merchant}.keys[{index}].kind"))
        .collect()
}

/// Accounts of merchants with such a leave that others use, too.
fn shared(
    settings: &Settings,
    leave: fn(&Merchant) -> bool,
) -> Vec<(&MerchantId, &MerchantId, &AccountId)> {
    let allowed = settings.merchants.iter().filter(|(_, it)| leave(it));
    let shared = allowed.flat_map(|(id, merchant)| {
        let others = settings.merchants.iter().filter(move |(other, _)| *other != id);
        others.flat_map(move |(other, it)| {
            let common = it.accounts.iter().filter(|it| merchant.accounts.contains(it));
            common.map(move |account| (id, other, account))
        })
    });
    shared.collect()
}

/// What the public listener serves; whatever else a host has may be a merchant's.
const SERVED: [&str; 10] =
    ["", "v1", "notify", "return", "c", "q", "submit.php", "mapi.php", "api.php", "api"];

/// Endpoints at our own address: each event would be a request of ours to ourselves.
fn led_to_ourselves(settings: &Settings) -> Vec<String> {
    let base = &settings.server.public_url;
    let Ok(own) = Url::parse(base) else { return vec![] };
    let is_host = |it: &Url| it.port == own.port && it.host.eq_ignore_ascii_case(&own.host);
    let is_path = |url: &str| {
        let within = path(url).strip_prefix(path(base).trim_end_matches('/'));
        let first = within.map(|it| it.trim_start_matches('/').split(['/', '?']).next());
        first.is_some_and(|it| SERVED.contains(&it.unwrap_or_default()))
    };
    let merchants = settings.merchants.iter();
    let endpoints = merchants.flat_map(|(id, merchant)| {
        merchant.endpoints.iter().enumerate().map(move |(index, it)| (id, index, it))
    });
    endpoints
        .filter(|(_, _, it)| Url::parse(&it.url).is_ok_and(|url| is_host(&url)) && is_path(&it.url))
        .map(|(merchant, index, _)| format!("merchants.{merchant}.endpoints[{index}].url"))
        .collect()
}

fn endpoint_timeouts(settings: &Settings) -> Vec<(String, Duration)> {
    let merchants = settings.merchants.iter();
    let endpoints = merchants.flat_map(|(id, merchant)| {
        merchant.endpoints.iter().enumerate().map(move |(index, it)| (id, index, it))
    });
    endpoints
        .filter_map(|(merchant, index, endpoint)| {
            let key = format!("merchants.{merchant}.endpoints[{index}].timeout");
            endpoint.timeout.map(|it| (key, it))
        })
        .collect()
}

/// How long a task is its worker's, and what of that the store may take, by which keys.
#[derive(Clone, Copy)]
struct Lease {
    time: Duration,
    store: Duration,
    keys: &'static [&'static str],
}

impl Lease {
    /// A task is handed out, reads what it is about, and writes what became of it: one of these may
    /// take as long as the store lets it, while the others are quick.
    fn of(settings: &Settings) -> Self {
        let (slowest, keys): (_, &[_]) = match &settings.store.driver {
            Driver::Postgres(it) => (
                it.options.connect_timeout + it.options.statement_timeout,
                &["store.connect_timeout", "store.statement_timeout"],
            ),
            Driver::Sqlite { .. } | Driver::Memory => (STORE, &[]),
        };
        Self { time: settings.worker.lease, store: slowest.max(STORE), keys }
    }
}

struct Rule<'a> {
    report: &'a Report,
    file: &'a str,
}

impl Rule<'_> {
    fn less(&self, (low, shorter): (&str, Duration), (high, longer): (&str, Duration)) {
        if shorter >= longer {
            let (shorter, longer) = (text(shorter), text(longer));
            let problem = format!("`{low}` ({shorter}) must be shorter than `{high}` ({longer})");
            self.broken(&[low, high], &problem);
        }
    }

    /// Work that outlives its lease is done again by the next worker, and outlives that one too.
    fn fits(&self, (key, each): (&str, Duration), calls: u32, lease: Lease) {
        let needed = each * calls + lease.store;
        if needed <= lease.time {
            return;
        }
        let [has, needed, each, store] = [lease.time, needed, each, lease.store].map(text);
        let many = if calls > 1 { format!("{calls} calls within ") } else { String::new() };
        let problem = format!(
            "`worker.lease` ({has}) must be at least {needed}, for {many}`{key}` ({each}) and the \
             store ({store})"
        );
        self.broken(&[&[key, "worker.lease"], lease.keys].concat(), &problem);
    }

    /// A leave that reaches beyond its merchant where an account is shared.
    fn alone(
        &self,
        (key, reaches): (&str, &str),
        settings: &Settings,
        leave: fn(&Merchant) -> bool,
    ) {
        for (id, other, account) in shared(settings, leave) {
            let problem = format!(
                "{reaches} {account}, which {other} uses too: give its merchant accounts of its own"
            );
            self.broken(&[&format!("merchants.{id}.{key}")], &problem);
        }
    }

    /// Blames the first of the keys that the user has written.
    fn broken(&self, keys: &[&str], problem: &str) {
        if keys.iter().any(|it| self.report.blames(it)) {
            return;
        }
        let places = keys.iter().filter_map(|it| Some((*it, self.report.place(it)?)));
        let mut places: Vec<_> = places.collect();
        places.sort_by_key(|it| it.1.file != self.file);
        if let Some((key, place)) = places.first() {
            self.report.problem(place, key, problem);
        }
    }

    /// Three surfaces for three kinds of callers must not be one.
    fn listeners(&self, server: &Server) {
        let Server { public, admin, ops, .. } = server;
        let [one, two, three] = ["server.public", "server.admin", "server.ops"];
        for ((one, its), (two, other)) in [
            ((two, admin), (one, public)),
            ((three, ops), (one, public)),
            ((three, ops), (two, admin)),
        ] {
            if collide(its, other) {
                self.broken(&[one, two], &format!("is the same address as `{two}`"));
            }
        }
    }
}

fn collide(one: &SocketAddr, other: &SocketAddr) -> bool {
    let same_host =
        one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && same_host
}

/// Behind the host.
fn path(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |it| it.1);
    behind.find('/').map_or("", |at| &behind[at..])
}
