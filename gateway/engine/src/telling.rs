//! One event for a merchant, and a delivery of it to each of its endpoints, in one change.

use paymux_core::delivery::Delivery;
use paymux_core::{DeliveryId, EventId, MerchantId, Timestamp};
use paymux_store::{Change, MerchantEvent, Task, TaskKind};

use crate::snapshot::Snapshot;

/// What is told, and of whom.
pub(crate) struct News<'a> {
    pub(crate) id: EventId,
    pub(crate) merchant: &'a MerchantId,
    pub(crate) kind: &'static str,
    pub(crate) payload: Vec<u8>,
}

pub(crate) fn tell(news: News<'_>, at: Timestamp, snapshot: &Snapshot, change: &mut Change) {
    let News { id: event, merchant, kind, payload } = news;
    let (kind, created_at) = (kind.into(), at);
    let row = MerchantEvent { id: event, merchant: merchant.clone(), kind, payload, created_at };
    change.events.push(row);
    let endpoints = snapshot.merchant(merchant).map_or(&[][..], |it| &it.endpoints);
    for endpoint in endpoints {
        let id = DeliveryId { event, endpoint: endpoint.id.clone() };
        let due = Delivery::first_due(&endpoint.schedule, at);
        change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
        change.deliveries.push(Delivery::new(id, merchant.clone()));
    }
}
