//! One tower stack per account, in the order in which a request meets it.
//!
//! There is no retry layer: a repeat is a decision about money, and decisions are events.

mod breaker;
mod client;
mod gate;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use paymux_channel::{Request, Response};
use paymux_core::route::Health;
use paymux_engine::outbound::{CallError, Gauge, Outbound};
use prometheus::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;

use breaker::{Breaker, Rules};
use gate::{Gate, GateLayer};

#[derive(Clone, Debug)]
pub struct Limits {
    pub per_second: NonZeroU32,
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

/// What is known of an account's channel, apart from the way to it: whoever builds the account's
/// stack anew, as a reload does, gives it the state of the one before, and nothing that was learned
/// is lost. A state belongs to one account.
pub struct State {
    breaker: Arc<Breaker>,
}

impl State {
    /// `health` shows the breaker, as in `docs/metrics.md`.
    pub fn new(limits: &Limits, health: IntGauge) -> Arc<Self> {
        Arc::new(Self { breaker: Arc::new(Breaker::new(limits.rules(), health)) })
    }
}

impl Gauge for State {
    fn health(&self) -> Health {
        self.breaker.health()
    }

    fn limited(&self, _operation: &'static str) {}
}

/// The limits may be other ones than the state was made with.
pub fn outbound(
    limits: &Limits,
    roots: &Arc<rustls::RootCertStore>,
    state: &Arc<State>,
) -> Outbound {
    let client = client::client(roots, limits.connect_timeout);
    let quota = Arc::new(RateLimiter::direct(Quota::per_second(limits.per_second)));
    state.breaker.rule(limits.rules());
    let room = Arc::new(Room(Arc::new(Semaphore::new(limits.concurrency))));
    BoxCloneSyncService::new(
        ServiceBuilder::new()
            // First: what the contract forbids must not touch the breaker's statistics.
            .layer(GateLayer::new(quota))
            // Before the deadline: a shut gate costs nothing.
            .layer(GateLayer::new(Arc::clone(&state.breaker)))
            // Full is refused, not queued: a queue would spend the deadline unseen.
            .layer(GateLayer::new(room))
            // Encloses connecting, TLS, sending and reading; says nothing about what was sent.
            .service(client::within(limits.deadline, client)),
    )
}

impl Gate for DefaultDirectRateLimiter {
    type Pass = ();

    async fn enter(&self, _: &Request) -> Result<(), CallError> {
        self.check().map_err(|_| CallError::Quota)
    }

    fn leave(&self, (): (), _: Result<&Response, CallError>) {}
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

/// The system's trust anchors; the channels' certificates must lead to one of them.
pub fn system_roots() -> Arc<rustls::RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        tracing::warn!("no trust anchors were found: install ca-certificates to use TLS");
    }
    Arc::new(roots)
}

#[cfg(test)]
mod tests;
