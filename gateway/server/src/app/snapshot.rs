//! From settings to what a request finds: accounts with their stacks, merchants, endpoints.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use paymux_channel::Channel;
use paymux_core::route::Candidate;
use paymux_core::{AccountId, MerchantId};
use paymux_engine::endpoint::Endpoint;
use paymux_engine::metrics::Metrics;
use paymux_engine::snapshot::{Account, Merchant, Snapshot};
use tokio::sync::Notify;

use super::limits::outbound_limits;
use crate::outbound;
use crate::settings::{self, Channels, Settings};

pub(super) fn snapshot(
    settings: &Settings,
    public: SocketAddr,
    channels: &Channels,
    roots: &Arc<rustls::RootCertStore>,
    metrics: &Metrics,
) -> Snapshot {
    let base = public_url(&settings.server.public_url, public);
    let accounts = channels.iter().map(|(id, channel)| {
        let kind = settings.accounts.get(id).map_or("", |it| it.channel.as_str());
        (id.clone(), Arc::new(account(settings, &base, id, kind, channel, roots, metrics)))
    });
    let merchants = settings
        .merchants
        .iter()
        .map(|(id, it)| (id.clone(), Arc::new(merchant(settings, channels, id, it))));
    Snapshot { generation: 1, accounts: accounts.collect(), merchants: merchants.collect() }
}

/// A port that the system chose is known only now.
fn public_url(url: &str, public: SocketAddr) -> String {
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", public.port()),
        None => url.to_owned(),
    }
}

fn account(
    settings: &Settings,
    base: &str,
    id: &AccountId,
    kind: &str,
    channel: &Arc<dyn Channel>,
    roots: &Arc<rustls::RootCertStore>,
    metrics: &Metrics,
) -> Account {
    let limits = outbound_limits(&settings.outbound);
    let state = outbound::State::new(&limits, metrics.breaker.with_label_values(&[id.as_str()]));
    Account {
        id: id.clone(),
        kind: kind.to_owned(),
        channel: ArcSwap::from_pointee(Arc::clone(channel)),
        outbound: outbound::outbound(&limits, roots, &state),
        gauge: state,
        notify_url: format!("{base}/notify/{id}"),
        return_url: format!("{base}/return/{id}"),
        keys_wanted: Notify::new(),
    }
}

fn merchant(
    settings: &Settings,
    channels: &Channels,
    id: &MerchantId,
    merchant: &settings::Merchant,
) -> Merchant {
    let candidates = merchant.accounts.iter().filter_map(|account| {
        let channel = channels.get(account)?;
        Some(Candidate {
            account: account.clone(),
            channel: settings.accounts.get(account)?.channel.clone(),
            methods: channel.capabilities().methods.to_vec(),
        })
    });
    Merchant {
        id: id.clone(),
        candidates: candidates.collect(),
        api_keys: merchant.api_keys.clone(),
        endpoints: merchant.endpoints.iter().map(|it| Arc::new(endpoint(settings, it))).collect(),
        policy: merchant.policy,
    }
}

fn endpoint(settings: &Settings, it: &settings::Endpoint) -> Endpoint {
    Endpoint {
        id: it.id.clone(),
        url: it.url.clone(),
        secrets: it.secrets.clone(),
        ack: it.ack,
        schedule: it.schedule.clone(),
        timeout: it.timeout.unwrap_or(settings.delivery.timeout),
    }
}
