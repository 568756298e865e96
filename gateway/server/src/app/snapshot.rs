//! From settings to what a request finds: accounts with their stacks, merchants, endpoints.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use paymux_channel::Channel;
use paymux_core::{AccountId, MerchantId};
use paymux_engine::access::Access;
use paymux_engine::cashier::Cashier;
use paymux_engine::door::Door;
use paymux_engine::endpoint::{Ack, Endpoint};
use paymux_engine::metrics::Metrics;
use paymux_engine::snapshot::{Account, Merchant, Snapshot};
use paymux_engine::wanted::KeysWanted;
use paymux_store::redis::{InvalidTopology, Redis};

use super::limits::{delivery_terms, outbound_limits, rate};
use crate::admin::access::Access as AdminAccess;
use crate::settings::{self, Channels, Flat, Settings};
use crate::{outbound, registry, route, shared};

/// What no reload changes.
pub(super) struct Ground {
    /// How the world reaches us, without a slash at its end.
    pub(super) base: String,
    pub(super) roots: Arc<rustls::RootCertStore>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) redis: Option<Redis>,
    /// Of every account, whatever becomes of its stack.
    pub(super) states: outbound::States,
    /// Who may use the admin listener.
    pub(super) access: Arc<AdminAccess>,
}

impl Ground {
    /// A port that the system chose is known only now.
    pub(super) fn new(
        settings: &Settings,
        public: Option<SocketAddr>,
    ) -> Result<Self, InvalidTopology> {
        let public_url = &settings.server.public_url;
        let base = match (public_url.strip_suffix(":0"), public) {
            (Some(host), Some(public)) => format!("{host}:{}", public.port()),
            (_, _) => public_url.to_owned(),
        };
        let metrics = Arc::new(Metrics::new());
        let redis = settings.redis.as_ref().map(|it| shared::redis(it, &metrics)).transpose()?;
        let counting = shared::counting(redis.as_ref(), settings.quotas.nodes);
        let states = outbound::States::new(counting, Arc::clone(&metrics));
        let (roots, access) =
            (outbound::system_roots(), Arc::new(AdminAccess::new(&settings.admin)));
        Ok(Self { base, roots, metrics, redis, states, access })
    }
}

/// The generation that is replaced: whatever is equal in the new one is taken over as it is.
pub(super) struct Before<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) flat: &'a Flat,
}

pub(super) fn snapshot(
    settings: &Settings,
    channels: &Channels,
    ground: &Ground,
    before: Option<&Before<'_>>,
) -> Snapshot {
    let generation = before.map_or(0, |it| it.snapshot.generation) + 1;
    let accounts = channels
        .iter()
        .map(|(id, channel)| (id.clone(), account(settings, ground, id, channel, before)));
    let merchants = settings
        .merchants
        .iter()
        .map(|(id, it)| (id.clone(), Arc::new(merchant(settings, channels, id, it))));
    Snapshot {
        generation,
        accounts: accounts.collect(),
        merchants: merchants.collect(),
        routing: settings.routing.sets.clone(),
        response_key: settings.server.response_key.clone(),
        published_keys: settings.server.published_keys.clone(),
        delivery: delivery_terms(settings),
        cashier: Cashier::new(&ground.base, &settings.cashier.link_keys).map(Arc::new),
    }
}

/// An unchanged account is the same object, and its keys go on. Of a changed one the stack goes on
/// where its limits do and it is still known by the same certificate; quotas and breaker always do, since they are the channel's view of us, which
/// new keys do not change.
fn account(
    settings: &Settings,
    ground: &Ground,
    id: &AccountId,
    channel: &Arc<dyn Channel>,
    before: Option<&Before<'_>>,
) -> Arc<Account> {
    let known = before.and_then(|it| Some((it.snapshot.account(id)?, it.flat)));
    let Some((known, flat)) = known else {
        return Arc::new(new_account(settings, ground, id, channel));
    };
    let same = |prefix: &str| settings.flat.same(flat, prefix);
    let own_limits = format!("accounts.{id}.quotas.");
    let same_limits = ["outbound.", "quotas.", &own_limits].into_iter().all(same);
    if same_limits && same(&format!("accounts.{id}.")) {
        return Arc::clone(known);
    }
    let mut account = new_account(settings, ground, id, channel);
    if same_limits && channel.client_certificate() == known.channel().client_certificate() {
        account.outbound = known.outbound.clone();
        account.gauge = Arc::clone(&known.gauge);
    }
    relearn(settings, &account, known);
    Arc::new(account)
}

/// What the channel has published stays known; the keeper asks again soon.
fn relearn(settings: &Settings, account: &Account, known: &Account) {
    let learned = known.learned.load_full();
    let own = settings.accounts.get(&account.id);
    let (Some(plugin), Some(own)) = (registry::plugin(&account.kind), own) else { return };
    if learned.is_empty() {
        return;
    }
    if let Ok(channel) = plugin.open(&own.settings, &learned) {
        account.learn(channel, learned);
    }
}

fn new_account(
    settings: &Settings,
    ground: &Ground,
    id: &AccountId,
    channel: &Arc<dyn Channel>,
) -> Account {
    let Ground { base, states, .. } = ground;
    let roots = outbound::trusted(&settings.outbound.root_certificates, &ground.roots);
    let limits = outbound_limits(settings, id);
    let state = states.of(id, &limits);
    Account {
        id: id.clone(),
        kind: settings.accounts.get(id).map(|it| it.channel.clone()).unwrap_or_default(),
        channel: ArcSwap::from_pointee(Arc::clone(channel)),
        learned: ArcSwap::default(),
        outbound: outbound::outbound(&limits, &roots, channel.client_certificate(), &state),
        gauge: state,
        notify_url: format!("{base}/notify/{id}"),
        return_url: format!("{base}/return/{id}"),
        keys_wanted: KeysWanted::default(),
    }
}

fn merchant(
    settings: &Settings,
    channels: &Channels,
    id: &MerchantId,
    merchant: &settings::Merchant,
) -> Merchant {
    Merchant {
        id: id.clone(),
        name: merchant.name.clone(),
        candidates: route::candidates(settings, channels, merchant),
        access: access(settings, merchant),
        endpoints: merchant.endpoints.iter().map(|it| Arc::new(endpoint(settings, it))).collect(),
        doors: merchant.doors.iter().map(|it| Arc::new(door(settings, it))).collect(),
        policy: merchant.policy,
        fees: merchant.fees.clone(),
        plates: merchant.plates.clone(),
        raw_calls: merchant.raw_calls,
        app_tokens: merchant.app_tokens,
        splits: merchant.splits,
        transfers: merchant.transfers,
        settlement: merchant.settlement.clone(),
    }
}

fn access(settings: &Settings, merchant: &settings::Merchant) -> Access {
    Access {
        api_keys: merchant.api_keys.clone(),
        keys: merchant.keys.clone(),
        require_signature: merchant.require_signature,
        allowed_ips: merchant.allowed_ips.clone(),
        rate: rate(settings, merchant),
    }
}

fn endpoint(settings: &Settings, it: &settings::Endpoint) -> Endpoint {
    Endpoint {
        id: it.id.clone(),
        url: it.url.clone(),
        login: it.login.clone(),
        secrets: it.secrets.clone(),
        ack: it.ack,
        schedule: it.schedule.clone(),
        timeout: it.timeout.unwrap_or(settings.delivery.timeout),
        door: None,
    }
}

/// What comes through it is told of at the URL that came with it.
fn door(settings: &Settings, it: &settings::Door) -> Endpoint {
    let door = Door { party: it.party.clone(), key: it.key.clone(), words: Arc::clone(&it.words) };
    Endpoint {
        id: it.name.clone(),
        url: String::new(),
        login: None,
        secrets: vec![],
        ack: Ack::Success,
        schedule: it.schedule.clone(),
        timeout: settings.delivery.timeout,
        door: Some(door),
    }
}
