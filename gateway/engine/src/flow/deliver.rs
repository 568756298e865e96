//! One attempt to tell one endpoint of one event.

mod attempt;
mod conclude;
mod glimpse;

use std::time::Duration;

use paymux_core::DeliveryId;
use paymux_core::delivery::{Answer, Delivery, DeliveryState};
use paymux_core::endpoint::EndpointState;
use paymux_core::payment::Payment;
use paymux_store::{
    Change, CommitError, EndpointWrite, Entry, Errand, Leased, MerchantEvent, Read, Store, Then,
};
use serde_json::json;

use tracing::Instrument as _;

use super::resolve::finish;
use crate::endpoint::Endpoint;
use crate::gateway::Gateway;
use crate::record::first_due;
use crate::traces::TARGET;

/// An endpoint that left the configuration may come back; ask for it this often.
pub(super) const ENDPOINT_MISSING: Duration = Duration::from_secs(3600);

impl<S: Store> Gateway<S> {
    pub(super) async fn deliver(&self, id: &DeliveryId, lease: &Leased) -> &'static str {
        let Errand { delivery, endpoint: state, event } = match self.store.errand(id).await {
            // A task is a hint, the state is the truth.
            Ok(Some(it)) if it.delivery.state == DeliveryState::Due => it,
            Ok(Some(_) | None) => return self.put_off(lease, Then::Done, "done").await,
            Err(error) => return unread(id, &error),
        };
        let new = || EndpointState::new(delivery.merchant.clone(), id.endpoint.clone());
        let state = state.unwrap_or_else(new);
        let snapshot = self.snapshot.load_full();
        let merchant = snapshot.merchant(&delivery.merchant);
        let Some(endpoint) = merchant.and_then(|it| it.endpoint(&id.endpoint)) else {
            let later = self.now().after(ENDPOINT_MISSING);
            return self.put_off(lease, Then::Again(later), "no_endpoint").await;
        };
        let Some(event) = event else { return self.put_off(lease, Then::Done, "done").await };
        if !state.is_enabled() {
            return self.hold(&delivery, state, lease).await;
        }
        let terms = &snapshot.delivery;
        let place = match self.lanes.admit(&delivery.merchant, &id.endpoint, terms, self.now()) {
            Ok(place) => place,
            Err(wait) => {
                let later = self.now().after(spread(wait.pause, self.world.entropy()));
                return self.put_off(lease, Then::Again(later), wait.why).await;
            }
        };
        let subject = match self.subject(endpoint, &event).await {
            Ok(subject) => subject,
            Err(error) => return unread(id, &error),
        };
        let begun = self.now();
        let mut tried = self.attempt(endpoint, &event, subject.as_ref()).await;
        let now = self.now();
        // What was not sent says nothing of the endpoint.
        if tried.answer != Answer::Nothing {
            tried.lasting = place.conclude(tried.reached, now.since(begun), terms, now);
        }
        self.conclude_attempt(&delivery, &event, endpoint, state, lease, &tried).await
    }

    /// The payment as it is now, for an endpoint that does not take the event as it was written.
    async fn subject(&self, endpoint: &Endpoint, event: &MerchantEvent) -> Read<Option<Payment>> {
        match endpoint.door {
            Some(_) => self.store.payment(event.id.payment).await,
            None => Ok(None),
        }
    }

    /// Only while the endpoint is as it was read: one that was enabled since has released what was
    /// held, and would never come back for this.
    async fn hold(
        &self,
        delivery: &Delivery,
        state: EndpointState,
        lease: &Leased,
    ) -> &'static str {
        let Some(held) = delivery.hold(self.now()) else { return "done" };
        let entry = self.note(&held, "delivery.held", json!({}));
        let change = Change {
            deliveries: vec![held],
            endpoint: Some(EndpointWrite { expected: state.version, next: state }),
            entries: vec![entry],
            ..Change::default()
        };
        match self.finish(lease, Then::Done, change).await {
            Ok(()) => "held",
            Err(CommitError::Stale) => self.put_off(lease, Then::Again(self.now()), "raced").await,
            Err(_) => "unrecorded",
        }
    }

    /// Nothing was sent, so nothing is lost if the task cannot be finished now.
    pub(super) async fn put_off(
        &self,
        lease: &Leased,
        then: Then,
        outcome: &'static str,
    ) -> &'static str {
        let finished = self.finish(lease, then, Change::default()).await;
        if finished.is_ok() { outcome } else { "unrecorded" }
    }

    /// Under the lease's fence, or not at all: the next owner has its own result.
    pub(super) async fn finish(
        &self,
        lease: &Leased,
        then: Then,
        change: Change,
    ) -> Result<(), CommitError> {
        let change = Change { finish: Some(finish(lease, then)), ..change };
        let span = tracing::trace_span!(target: TARGET, "commit");
        let due = first_due(&change);
        let written = self.store.commit(change).instrument(span).await;
        match &written {
            Ok(()) => due.into_iter().for_each(|it| self.bell.ring_for(it)),
            Err(CommitError::Stale) => self.metrics.stale_commits.inc(),
            Err(error) => {
                if matches!(error, CommitError::Fenced) {
                    self.metrics.fenced_commits.inc();
                }
                tracing::warn!(task = %lease.kind, %error, "delivery.unrecorded");
            }
        }
        written
    }

    pub(super) fn note(&self, it: &Delivery, kind: &str, more: serde_json::Value) -> Entry {
        let mut detail = json!({
            "event_id": it.id.event.to_string(),
            "endpoint": it.id.endpoint.as_str(),
            "state": it.state.name(),
        });
        if let (Some(detail), serde_json::Value::Object(more)) = (detail.as_object_mut(), more) {
            detail.extend(more);
        }
        Entry {
            payment: it.id.event.payment,
            at: self.now(),
            kind: kind.into(),
            detail: detail.to_string(),
        }
    }
}

fn unread(id: &DeliveryId, error: &paymux_store::StoreError) -> &'static str {
    tracing::warn!(delivery_id = %id, %error, "delivery.unread");
    "failed"
}

/// Up to a quarter longer, so that those who wait do not come back in step.
fn spread(pause: Duration, chance: u128) -> Duration {
    let thousandths = u32::try_from(chance % 250).unwrap_or(0);
    pause + pause * thousandths / 1000
}
