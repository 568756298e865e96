//! The client for merchants' endpoints: it reaches public addresses alone, follows nothing, reads
//! little, and gives up in time.

mod address;
mod client;
mod url;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use paymux_engine::courier::{Courier, CourierError, Parcel, Receipt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;
use tower::util::BoxCloneSyncService;

pub use url::UrlPolicy;

/// Where we may send, and how much at once.
#[derive(Clone, Debug)]
pub struct Policy {
    pub urls: UrlPolicy,
    /// Attempts that may run at one endpoint at once.
    pub per_endpoint: usize,
}

pub fn courier(policy: Policy, roots: &Arc<rustls::RootCertStore>) -> Courier {
    BoxCloneSyncService::new(Carrier {
        client: client::client(policy.urls.allow_private_addresses, roots),
        policy: Arc::new(policy),
        places: Arc::default(),
    })
}

#[derive(Clone)]
struct Carrier {
    client: client::MerchantClient,
    policy: Arc<Policy>,
    /// One semaphore per endpoint; their number is bounded by the configuration.
    places: Arc<Mutex<BTreeMap<String, Arc<Semaphore>>>>,
}

impl Carrier {
    fn place(&self, url: &str) -> Result<OwnedSemaphorePermit, CourierError> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(self.policy.per_endpoint));
        let semaphore = Arc::clone(places.entry(url.to_owned()).or_insert_with(new));
        semaphore.try_acquire_owned().map_err(|_| CourierError::Shed)
    }
}

impl Service<Parcel> for Carrier {
    type Response = Receipt;
    type Error = CourierError;
    type Future = Pin<Box<dyn Future<Output = Result<Receipt, CourierError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CourierError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, parcel: Parcel) -> Self::Future {
        let carrier = self.clone();
        Box::pin(async move {
            let target = carrier.policy.urls.check(&parcel.url)?;
            let _place = carrier.place(&parcel.url)?;
            // Covers the name, the connection, the answer and its body.
            let attempt = client::attempt(&carrier.client, target, &parcel);
            tokio::time::timeout(parcel.timeout, attempt)
                .await
                .unwrap_or(Err(CourierError::Deadline))
        })
    }
}

#[cfg(test)]
mod tests;
