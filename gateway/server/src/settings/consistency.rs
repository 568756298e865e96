//! What values demand of each other, over the whole file.

use std::net::SocketAddr;
use std::time::Duration;

use paymux_engine::access::Algorithm;
use paymux_store::postgres::Options;

use super::duration::text;
use super::section::Report;
use super::{Driver, Server, Settings};

/// Keys that already have a problem are left alone: what stands in for them means nothing.
pub(super) fn check(settings: &Settings, report: &Report, file: &str) {
    let rule = Rule { report, file };
    let Settings { worker, outbound, delivery, limits, .. } = settings;
    rule.less(
        ("outbound.connect_timeout", outbound.connect_timeout),
        ("outbound.deadline", outbound.deadline),
    );
    rule.less(
        ("outbound.deadline", outbound.deadline),
        ("limits.request_deadline", limits.request_deadline),
    );
    rule.less(("outbound.deadline", outbound.deadline), ("worker.lease", worker.lease));
    rule.less(("delivery.timeout", delivery.timeout), ("worker.lease", worker.lease));
    for (key, timeout) in endpoint_timeouts(settings) {
        rule.less((&key, timeout), ("worker.lease", worker.lease));
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
        rule.broken(keys, "`limits.expires_in_default` must not exceed `limits.expires_in_max`");
    }
    rule.listeners(&settings.server);
    if settings.server.response_key.is_none() {
        for key in signed_by_us(settings) {
            let problem = "needs `server.response_key`, which signs the answers to this key";
            rule.broken([&key, "server.response_key"], problem);
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

struct Rule<'a> {
    report: &'a Report,
    file: &'a str,
}

impl Rule<'_> {
    fn less(&self, (low, shorter): (&str, Duration), (high, longer): (&str, Duration)) {
        if shorter >= longer {
            let (shorter, longer) = (text(shorter), text(longer));
            let problem = format!("`{low}` ({shorter}) must be shorter than `{high}` ({longer})");
            self.broken([low, high], &problem);
        }
    }

    /// Blames the first of the keys that the user has written.
    fn broken(&self, keys: [&str; 2], problem: &str) {
        if keys.iter().any(|it| self.report.blames(it)) {
            return;
        }
        let places = keys.iter().filter_map(|it| Some((it, self.report.place(it)?)));
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
                self.broken([one, two], &format!("is the same address as `{two}`"));
            }
        }
    }
}

fn collide(one: &SocketAddr, other: &SocketAddr) -> bool {
    let same_host =
        one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && same_host
}
