//! One tower stack per account, in the order in which a request meets it.
//!
//! There is no retry layer: a repeat is a decision about money, and decisions are events.

mod breaker;
mod client;
mod gate;
mod quota;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use paymux_channel::{ClientCertificate, Request, Response};
use paymux_core::AccountId;
use paymux_core::route::Health;
use paymux_engine::metrics::Metrics;
use paymux_engine::outbound::{CallError, Gauge, Outbound};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder, ServiceExt as _};

use breaker::{Breaker, Rules};
use gate::{Gate, GateLayer};
use quota::Quotas;
pub use quota::{Counting, OPERATIONS, Rates, TOTAL};

#[derive(Clone, Debug)]
pub struct Limits {
    pub rates: Rates,
    pub concurrency: usize,
    pub connect_timeout: Duration,
    pub deadline: Duration,
    pub breaker_failures: u32,
    /// So many of a hundred.
    pub breaker_ratio: u32,
    pub breaker_pause: Duration,
    pub breaker_probes: u32,
}

impl Limits {
    fn rules(&self) -> Rules {
        Rules {
            failures: self.breaker_failures,
            ratio: self.breaker_ratio,
            pause: self.breaker_pause,
            probes: self.breaker_probes,
        }
    }
}

/// The state of each account, made when it is first asked for and kept while the process lives.
/// Whoever builds a stack anew, as a reload does, finds what the one before had learned.
pub struct States {
    counting: Counting,
    metrics: Arc<Metrics>,
    /// As many as the configurations of this process named.
    states: Mutex<BTreeMap<AccountId, Arc<State>>>,
}

impl States {
    pub fn new(counting: Counting, metrics: Arc<Metrics>) -> Self {
        Self { counting, metrics, states: Mutex::default() }
    }

    pub fn of(&self, account: &AccountId, limits: &Limits) -> Arc<State> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || State::new(account, limits, self.counting.clone(), &self.metrics);
        Arc::clone(states.entry(account.clone()).or_insert_with(new))
    }

    /// None of an account that has no stack.
    pub fn known(&self, account: &AccountId) -> Option<Arc<State>> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(account).cloned()
    }
}

/// What is known of an account's channel, apart from the way to it: what is left of its quotas, the
/// pace the channel bears, whether it works.
pub struct State {
    quotas: Arc<Quotas>,
    breaker: Arc<Breaker>,
}

impl State {
    fn new(
        account: &AccountId,
        limits: &Limits,
        counting: Counting,
        metrics: &Arc<Metrics>,
    ) -> Arc<Self> {
        let quotas = Quotas::new(account.clone(), counting, &limits.rates, Arc::clone(metrics));
        let shown = metrics.breaker.with_label_values(&[account.as_str()]);
        let breaker = Breaker::new(limits.rules(), shown);
        Arc::new(Self { quotas: Arc::new(quotas), breaker: Arc::new(breaker) })
    }
}

impl State {
    /// From when on a call may find out whether the channel works again; none where it does.
    pub fn trials(&self) -> watch::Receiver<Option<Instant>> {
        self.breaker.trials()
    }
}

impl Gauge for State {
    fn health(&self) -> Health {
        self.breaker.health()
    }

    fn shut_for(&self) -> Duration {
        self.breaker.shut_for()
    }

    fn limited(&self, operation: &'static str) {
        self.quotas.limited(operation);
    }

    fn probed(&self, definite: bool) {
        self.breaker.probed(definite);
    }
}

/// Whether a certificate could be shown at all; whoever opens an account asks.
pub fn is_presentable(certificate: &ClientCertificate) -> Result<(), rustls::Error> {
    client::tls(&Arc::new(RootCertStore::empty()), Some(certificate)).map(drop)
}

/// The limits may be other ones than the state was made with.
pub fn outbound(
    limits: &Limits,
    roots: &Arc<RootCertStore>,
    certificate: Option<&ClientCertificate>,
    state: &Arc<State>,
) -> Outbound {
    state.quotas.rule(&limits.rates);
    state.breaker.rule(limits.rules());
    stack(limits, state, way(limits, roots, certificate))
}

/// Encloses connecting, TLS, sending and reading; says nothing about what was sent.
fn way(
    limits: &Limits,
    roots: &Arc<RootCertStore>,
    certificate: Option<&ClientCertificate>,
) -> client::Within {
    let tls = client::tls(roots, certificate).expect("an account's certificate is presentable");
    client::within(limits.deadline, client::client(tls, limits.connect_timeout))
}

pub(crate) fn stack<C>(limits: &Limits, state: &Arc<State>, client: C) -> Outbound
where
    C: Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
    C::Future: Send + 'static,
{
    let room = Arc::new(Room(Arc::new(Semaphore::new(limits.concurrency))));
    BoxCloneSyncService::new(
        ServiceBuilder::new()
            // First: what the contract forbids must not touch the breaker's statistics.
            .layer(GateLayer::new(Arc::clone(&state.quotas)))
            // Before the deadline: a shut gate costs nothing.
            .layer(GateLayer::new(Arc::clone(&state.breaker)))
            // Full is refused, not queued: a queue would spend the deadline unseen.
            .layer(GateLayer::new(room))
            .service(client),
    )
}

/// The way to an account's channel and nothing else: no quota, no breaker.
pub struct Bare(client::Within);

impl Bare {
    pub fn new(
        limits: &Limits,
        roots: &Arc<RootCertStore>,
        certificate: Option<&ClientCertificate>,
    ) -> Self {
        Self(way(limits, roots, certificate))
    }

    /// To who collects traces, and proves itself by the system's trust anchors.
    pub fn for_collector(patience: Duration) -> Self {
        let tls = client::tls(&system_roots(), None).expect("nothing has to be presentable");
        Self(client::within(patience, client::client(tls, patience)))
    }

    pub async fn send(&self, request: Request) -> Result<Response, CallError> {
        self.0.clone().oneshot(request).await
    }
}

/// Places for calls that run at once.
struct Room(Arc<Semaphore>);

impl Gate for Room {
    type Pass = OwnedSemaphorePermit;

    async fn enter(&self, _: &Request) -> Result<OwnedSemaphorePermit, CallError> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| CallError::Shed)
    }

    fn leave(&self, place: OwnedSemaphorePermit, _: Result<&Response, CallError>) {
        drop(place);
    }
}

/// What a channel has to prove itself by: these authorities, where there are any, or the system's.
pub fn trusted(own: &[CertificateDer<'static>], system: &Arc<RootCertStore>) -> Arc<RootCertStore> {
    if own.is_empty() { Arc::clone(system) } else { Arc::new(roots(own)) }
}

/// Those of the certificates that can be an authority's.
pub fn roots(certificates: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    roots
}

/// The system's trust anchors; the channels' certificates must lead to one of them.
pub fn system_roots() -> Arc<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        tracing::warn!("no trust anchors were found: install ca-certificates to use TLS");
    }
    Arc::new(roots)
}

#[cfg(test)]
pub(crate) mod tests;
