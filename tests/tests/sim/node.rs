//! A process of the gateway: the real engine over simulated ways in and out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_channel::{Channel, Secret};
use paymux_core::fee::{self, OnRefund};
use paymux_core::payment::{Method, Policy, Surplus};
use paymux_core::route::Candidate;
use paymux_core::schedule::Schedule;
use paymux_core::{Currency, EndpointId, MerchantId};
use paymux_engine::access::Access;
use paymux_engine::bell::Bell;
use paymux_engine::cashier::Cashier;
use paymux_engine::endpoint::{Ack, Endpoint, WebhookSecret};
use paymux_engine::flow::sync::Questions;
use paymux_engine::lane::Lanes;
use paymux_engine::metrics::Metrics;
use paymux_engine::outbound::Unmeasured;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::{Account, Merchant, Snapshot};
use paymux_engine::taken::TakenBook;
use paymux_engine::wanted::KeysWanted;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::memory::MemoryStore;

use super::bank::Bank;
use super::channel::SimChannel;
use super::clock::SimWorld;
use super::endpoint::courier;
use super::guard::SimGuard;
use super::merchant::MERCHANTS;
use super::outbound::outbound;
use super::scene::Sim;
use super::store::SimStore;

/// Seconds before each attempt of a delivery.
pub(crate) const SCHEDULE: [u64; 6] = [0, 5, 15, 60, 300, 1200];

/// What differs between histories and not between processes of one.
#[derive(Clone)]
pub(crate) struct Setup {
    policies: Vec<Policy>,
    /// Shared by all histories of a thread: nobody looks at them.
    metrics: Arc<Metrics>,
}

impl Setup {
    pub(crate) fn of(sim: &Sim, metrics: Arc<Metrics>) -> Self {
        let mut state = sim.lock();
        let mut surplus = || {
            let kept = [Surplus::Accept, Surplus::Flag];
            if state.random.permille(800) { Surplus::Refund } else { state.random.pick(&kept) }
        };
        let policies = MERCHANTS.map(|_| Policy { duplicate: surplus(), late: surplus() }).to_vec();
        Self { policies, metrics }
    }
}

pub(crate) fn boot(
    sim: &Sim,
    store: &MemoryStore,
    node: usize,
    setup: &Setup,
) -> Gateway<SimStore> {
    Gateway::new(Inner {
        store: SimStore { sim: sim.clone(), inner: store.clone() },
        guard: Arc::new(SimGuard::new(sim)),
        world: Arc::new(SimWorld { sim: sim.clone(), node }),
        snapshot: ArcSwap::from_pointee(snapshot(sim, store, setup)),
        courier: courier(sim, store),
        lanes: Lanes::default(),
        metrics: Arc::clone(&setup.metrics),
        traces: paymux_engine::traces::untraced(),
        signing: Signing::on(64),
        taken: TakenBook::default(),
        tokens: paymux_engine::flow::app_token::AppTokens::default(),
        questions: Questions::default(),
        archive: paymux_engine::archive::Archive::default(),
        watchers: Watchers::default(),
        bell: Bell::default(),
    })
}

fn snapshot(sim: &Sim, store: &MemoryStore, setup: &Setup) -> Snapshot {
    let banks = Bank::two();
    let accounts = banks.iter().enumerate().map(|(index, bank)| account(sim, store, index, bank));
    let merchants = MERCHANTS.iter().zip(&setup.policies).map(|(it, policy)| merchant(it, *policy));
    Snapshot {
        generation: 1,
        accounts: accounts.map(|it| (it.id.clone(), Arc::new(it))).collect(),
        merchants: merchants.map(|it| (it.id.clone(), Arc::new(it))).collect::<BTreeMap<_, _>>(),
        cashier: Cashier::new("https://gateway", &[Secret::new("k".repeat(32))]).map(Arc::new),
        ..Snapshot::default()
    }
}

fn account(sim: &Sim, store: &MemoryStore, index: usize, bank: &Bank) -> Account {
    let channel: Arc<dyn Channel> = Arc::new(SimChannel::new(bank.key, bank.scans));
    Account {
        id: bank.account.parse().expect("a name"),
        kind: bank.kind.into(),
        channel: ArcSwap::from_pointee(channel),
        learned: ArcSwap::default(),
        outbound: outbound(sim, store, index),
        gauge: Arc::new(Unmeasured),
        notify_url: format!("https://gateway/notify/{}", bank.account),
        return_url: format!("https://gateway/return/{}", bank.account),
        keys_wanted: KeysWanted::default(),
    }
}

fn merchant(name: &str, policy: Policy) -> Merchant {
    let id: MerchantId = name.parse().expect("a name");
    let candidate = |bank: &Bank| Candidate {
        account: bank.account.parse().expect("a name"),
        channel: bank.kind.into(),
        methods: vec![Method::Qr, Method::Barcode],
        code_prefixes: vec![],
    };
    let endpoints = endpoints(&id).iter().map(|it| Arc::new(endpoint(&id, it))).collect();
    let mut candidates: Vec<_> = Bank::two().iter().map(candidate).collect();
    // Each channel is somebody's first choice.
    if name == MERCHANTS[1] {
        candidates.reverse();
    }
    let access = Access::default();
    Merchant {
        id,
        name: None,
        candidates,
        access,
        endpoints,
        policy,
        fees: fees(),
        plates: vec![],
        raw_calls: false,
        app_tokens: false,
        doors: vec![],
        splits: false,
        transfers: None,
        settlement: None,
    }
}

/// What merchants pay for a payment, in ten-thousandths of it.
pub(crate) const FEE_BP: u16 = 725;

fn fees() -> Vec<fee::Rule> {
    let on_refund = OnRefund::Returned;
    let terms = fee::Terms { rate_bp: FEE_BP, min: 0, max: None, on_refund };
    vec![fee::Rule { account: None, method: None, currency: Currency::Cny, terms }]
}

/// The inn's second receiver never answers.
pub(crate) fn endpoints(merchant: &MerchantId) -> &'static [&'static str] {
    if merchant.as_str() == MERCHANTS[0] { &["plain"] } else { &["strict", "dead"] }
}

pub(crate) fn url(merchant: &MerchantId, endpoint: &EndpointId) -> String {
    format!("https://{merchant}/{endpoint}")
}

fn endpoint(merchant: &MerchantId, name: &str) -> Endpoint {
    let id: EndpointId = name.parse().expect("a name");
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    Endpoint {
        url: url(merchant, &id),
        login: None,
        secrets: vec![WebhookSecret::parse(secret).expect("32 bytes")],
        ack: if name == "strict" { Ack::Success } else { Ack::Status },
        schedule: Schedule::new(SCHEDULE.map(Duration::from_secs).to_vec()).expect("six pauses"),
        timeout: Duration::from_secs(10),
        door: None,
        id,
    }
}
