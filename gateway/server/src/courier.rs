//! The way to merchants' endpoints: it reaches public addresses alone, follows nothing, reads
//! little, and gives up in time.

mod address;
pub(crate) mod amqp;
mod http;
mod url;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use paymux_engine::courier::{Courier, CourierError, Parcel, Receipt};
use tower::Service;
use tower::util::BoxCloneSyncService;

pub use url::UrlPolicy;

pub fn courier(policy: UrlPolicy, roots: &Arc<rustls::RootCertStore>) -> Courier {
    BoxCloneSyncService::new(Carrier {
        client: http::client(policy.allow_private_addresses, roots),
        brokers: amqp::Brokers::new(roots),
        policy: Arc::new(policy),
    })
}

/// Whether an endpoint can be reached, without a message: the status it answers a `HEAD` with, or
/// none of a broker, which is asked for a connection alone.
pub(crate) async fn knock(
    policy: &UrlPolicy,
    roots: &Arc<rustls::RootCertStore>,
    url: &str,
    patience: Duration,
) -> Result<Option<u16>, CourierError> {
    let knocked = async {
        if let Ok(broker) = amqp::Target::parse(url) {
            policy.check_broker(&broker)?;
            return http::connects(&broker.host, broker.port, policy).await.map(|()| None);
        }
        let client = http::client(policy.allow_private_addresses, roots);
        http::knock(&client, policy.check(url)?).await.map(Some)
    };
    tokio::time::timeout(patience, knocked).await.unwrap_or(Err(CourierError::Deadline))
}

#[derive(Clone)]
struct Carrier {
    client: http::MerchantClient,
    brokers: amqp::Brokers,
    policy: Arc<UrlPolicy>,
}

impl Carrier {
    async fn carry(&self, parcel: &Parcel) -> Result<Receipt, CourierError> {
        if amqp::is_broker(&parcel.url) {
            return amqp::attempt(&self.brokers, &self.policy, parcel).await;
        }
        let target = self.policy.check(&parcel.url)?;
        http::attempt(&self.client, target, parcel).await
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
            // Covers the name, the connection, the answer and its body.
            tokio::time::timeout(parcel.timeout, carrier.carry(&parcel))
                .await
                .unwrap_or(Err(CourierError::Deadline))
        })
    }
}

#[cfg(test)]
mod tests;
