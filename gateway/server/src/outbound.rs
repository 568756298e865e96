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
use paymux_channel::Response;
use paymux_engine::outbound::{CallError, Outbound};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;

use breaker::Breaker;
use gate::{Gate, GateLayer};

#[derive(Clone, Debug)]
pub struct Limits {
    pub per_second: NonZeroU32,
    pub concurrency: usize,
    pub connect_timeout: Duration,
    pub deadline: Duration,
    pub breaker_failures: u32,
    pub breaker_pause: Duration,
}

pub fn outbound(limits: &Limits, roots: &Arc<rustls::RootCertStore>) -> Outbound {
    let client = client::client(roots, limits.connect_timeout);
    let quota = RateLimiter::direct(Quota::per_second(limits.per_second));
    let breaker = Breaker::new(limits.breaker_failures, limits.breaker_pause);
    let room = Room(Arc::new(Semaphore::new(limits.concurrency)));
    BoxCloneSyncService::new(
        ServiceBuilder::new()
            // First: what the contract forbids must not touch the breaker's statistics.
            .layer(GateLayer::new(quota))
            // Before the deadline: a shut gate costs nothing.
            .layer(GateLayer::new(breaker))
            // Full is refused, not queued: a queue would spend the deadline unseen.
            .layer(GateLayer::new(room))
            // Encloses connecting, TLS, sending and reading; says nothing about what was sent.
            .service(client::within(limits.deadline, client)),
    )
}

impl Gate for DefaultDirectRateLimiter {
    type Pass = ();

    fn enter(&self) -> Result<(), CallError> {
        self.check().map_err(|_| CallError::Quota)
    }

    fn leave(&self, (): (), _: Result<&Response, CallError>) {}
}

/// Places for calls that run at once.
struct Room(Arc<Semaphore>);

impl Gate for Room {
    type Pass = OwnedSemaphorePermit;

    fn enter(&self) -> Result<OwnedSemaphorePermit, CallError> {
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
