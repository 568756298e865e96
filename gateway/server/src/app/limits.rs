//! From settings to the limits of each part that serves.

use std::num::NonZeroU32;

use paymux_core::AccountId;
use paymux_engine::access::Rate;
use paymux_engine::lane::Terms;
use paymux_engine::metrics::Metrics;

use crate::settings::{self, Settings};
use crate::{cashier, courier, inbound, listen, outbound, worker};

/// Of one account: its own quotas, and its channel's for what it does not say.
pub(crate) fn outbound_limits(settings: &Settings, account: &AccountId) -> outbound::Limits {
    let account = settings.accounts.get(account);
    let own = account.map(|it| it.quotas.clone()).unwrap_or_default();
    let channel = account.and_then(|it| settings.quotas.channels.get(it.channel.as_str()));
    let rates = channel.map_or(own.clone(), |it| own.or(it));
    let settings = &settings.outbound;
    outbound::Limits {
        rates,
        concurrency: settings.concurrency,
        connect_timeout: settings.connect_timeout,
        deadline: settings.deadline,
        breaker_failures: settings.breaker_failures,
        breaker_ratio: settings.breaker_ratio,
        breaker_pause: settings.breaker_pause,
        breaker_probes: settings.breaker_probes,
    }
}

/// A merchant's own numbers stand in place of everybody's.
pub(super) fn rate(settings: &Settings, merchant: &settings::Merchant) -> Rate {
    let limits = &settings.limits;
    let per_second = at_least_one(merchant.per_second.unwrap_or(limits.merchant_per_second));
    let burst = merchant.burst.unwrap_or(limits.merchant_burst);
    Rate { per_second, burst: NonZeroU32::new(burst).unwrap_or(per_second) }
}

/// The settings refuse zero; this says so to the compiler.
fn at_least_one(limit: u32) -> NonZeroU32 {
    NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN)
}

pub(super) fn inbound_limits(settings: &Settings) -> inbound::Limits {
    let Settings { limits, server, .. } = settings;
    inbound::Limits {
        nonces: limits.nonces,
        proxies: inbound::Proxies {
            trusted: server.trusted_proxies.clone(),
            header: server.forwarded_header,
        },
        body_bytes: limits.body_bytes,
        body_timeout: limits.body_timeout,
        request_deadline: limits.request_deadline,
        requests: limits.requests,
        notifications: limits.notifications,
        expires_in_default: limits.expires_in_default,
        expires_in_max: limits.expires_in_max,
        cashier: cashier_limits(settings),
        urls: courier_policy(&settings.delivery),
    }
}

fn cashier_limits(settings: &Settings) -> cashier::Limits {
    let Settings { cashier, limits, .. } = settings;
    cashier::Limits {
        client_per_second: cashier.client_per_second,
        client_burst: cashier.client_burst,
        requests: cashier.requests,
        streams: cashier.streams,
        expires_in: limits.expires_in_default,
    }
}

/// `listener` is its name in the metrics.
pub(super) fn listen_limits(
    settings: &Settings,
    metrics: &Metrics,
    listener: &str,
) -> listen::Limits {
    let refused = |reason| metrics.connections_refused.with_label_values(&[listener, reason]);
    listen::Limits {
        connections: settings.limits.connections,
        per_address: settings.limits.connections_per_address,
        proxies: settings.server.trusted_proxies.clone(),
        counts: Some(listen::Counts {
            crowded: refused("address"),
            malformed: refused("malformed"),
        }),
        header_timeout: settings.limits.header_timeout,
        idle_timeout: settings.limits.idle_timeout,
        grace: settings.server.shutdown_grace,
    }
}

pub(super) fn worker_limits(settings: &settings::Worker) -> worker::Limits {
    worker::Limits { concurrency: settings.concurrency, lease: settings.lease, poll: settings.poll }
}

pub(crate) fn courier_policy(settings: &settings::Delivery) -> courier::UrlPolicy {
    courier::UrlPolicy {
        allow_private_addresses: settings.allow_private_addresses,
        allow_http: settings.allow_http,
        allow_amqp: settings.allow_amqp,
        ports: settings.ports.clone(),
    }
}

pub(super) fn delivery_terms(settings: &Settings) -> Terms {
    Terms {
        places: settings.worker.concurrency,
        per_endpoint: settings.delivery.per_endpoint,
        breaker_failures: settings.delivery.breaker_failures,
        breaker_pause: settings.delivery.breaker_pause,
        disable_after: settings.delivery.disable_after,
    }
}
