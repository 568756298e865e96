//! What one attempt to deliver needs to know, read at once.

use paymux_core::DeliveryId;
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;

use crate::{MerchantEvent, Read, Store};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    pub delivery: Delivery,
    /// `None` before the first write.
    pub endpoint: Option<EndpointState>,
    pub event: Option<MerchantEvent>,
}

/// One question after the other, for drivers that have no shorter way.
pub(crate) async fn asked<S: Store>(store: &S, id: &DeliveryId) -> Read<Option<Errand>> {
    let Some(delivery) = store.delivery(id).await? else { return Ok(None) };
    let endpoint = store.endpoint(&delivery.merchant, &id.endpoint).await?;
    let event = store.event(id.event).await?;
    Ok(Some(Errand { delivery, endpoint, event }))
}
