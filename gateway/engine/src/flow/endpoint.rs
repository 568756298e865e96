//! An endpoint is disabled and enabled, and what was held for it is released.

use paymux_core::delivery::Delivery;
use paymux_core::endpoint::{DisabledReason, EndpointState};
use paymux_core::{DeliveryId, EndpointId, EventId, MerchantId, PaymentId, Timestamp};
use paymux_store::{
    Act, Change, CommitError, EndpointWrite, Leased, MerchantEvent, Read, Store, StoreError, Task,
    TaskKind, Then,
};

use super::deliver::ENDPOINT_MISSING;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::render;
use crate::snapshot::Merchant;

/// Writers of one endpoint that may overtake us before we give up.
const MAX_RACES: usize = 16;
/// What merchants are told when one of their endpoints hears nothing any more.
pub const ENDPOINT_DISABLED: &str = "endpoint.disabled";
/// An operator tries an endpoint.
pub const ENDPOINT_TEST: &str = "endpoint.test";

impl<S: Store> Gateway<S> {
    /// As written, or as new.
    pub async fn endpoint_state(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
    ) -> Read<EndpointState> {
        let found = self.store.endpoint(merchant, endpoint).await?;
        Ok(found.unwrap_or_else(|| EndpointState::new(merchant.clone(), endpoint.clone())))
    }

    /// Disabling what is disabled changes nothing.
    pub async fn disable_endpoint(
        &self,
        merchant: &Merchant,
        endpoint: &EndpointId,
        reason: DisabledReason,
        act: Option<&Act>,
    ) -> Result<EndpointState, Problem> {
        self.write_endpoint(merchant, endpoint, |state, now| {
            let next = state.disable(now, reason)?;
            let mut change = Change { act: act.cloned(), ..Change::default() };
            let write = EndpointWrite { expected: state.version, next };
            self.endpoint_change(write, now, &mut change);
            Some(change)
        })
        .await
    }

    /// Enables it, and begins to release what is held for it. Enabling what is enabled only looks
    /// whether anything is held still.
    pub async fn enable_endpoint(
        &self,
        merchant: &Merchant,
        endpoint: &EndpointId,
        act: Option<&Act>,
    ) -> Result<EndpointState, Problem> {
        self.write_endpoint(merchant, endpoint, |state, now| {
            let next = state.enable().unwrap_or_else(|| state.clone());
            let kind = TaskKind::Replay(merchant.id.clone(), endpoint.clone());
            Some(Change {
                endpoint: Some(EndpointWrite { expected: state.version, next }),
                tasks: vec![Task { kind, due: now }],
                act: act.cloned(),
                ..Change::default()
            })
        })
        .await
    }

    /// An event that tells nothing, to this endpoint alone, whether it is enabled or not: it shows
    /// how the endpoint answers.
    pub async fn test_endpoint(
        &self,
        merchant: &Merchant,
        endpoint: &EndpointId,
        act: Act,
    ) -> Result<DeliveryId, Problem> {
        // What is told through a door is told of an order.
        if !merchant.endpoints.iter().any(|it| it.id == *endpoint) {
            return Err(Problem::new(problem::NOT_FOUND, "there is no such endpoint"));
        }
        let state = self.endpoint_state(&merchant.id, endpoint).await.map_err(unwritten)?;
        let (now, mut change) = (self.now(), Change { act: Some(act), ..Change::default() });
        let event = self.endpoint_event(ENDPOINT_TEST, &state, now);
        let id = DeliveryId { event: event.id, endpoint: endpoint.clone() };
        change.events.push(event);
        change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due: now });
        change.deliveries.push(Delivery::new(id.clone(), merchant.id.clone()));
        let written = self.store.commit(change).await;
        written.map_err(|it| unwritten(StoreError(it.to_string())))?;
        self.bell.ring();
        Ok(id)
    }

    async fn write_endpoint(
        &self,
        merchant: &Merchant,
        endpoint: &EndpointId,
        change: impl Fn(&EndpointState, Timestamp) -> Option<Change>,
    ) -> Result<EndpointState, Problem> {
        if merchant.endpoint(endpoint).is_none() {
            return Err(Problem::new(problem::NOT_FOUND, "there is no such endpoint"));
        }
        for _ in 0..MAX_RACES {
            let state = self.endpoint_state(&merchant.id, endpoint).await.map_err(unwritten)?;
            let Some(change) = change(&state, self.now()) else { return Ok(state) };
            let next = change.endpoint.as_ref().map_or(state, |it| it.next.clone());
            match self.store.commit(change).await {
                Ok(()) => {
                    self.endpoint_changed(Some(&next));
                    self.bell.ring();
                    return Ok(next);
                }
                Err(CommitError::Stale) => self.metrics.stale_commits.inc(),
                Err(error) => return Err(unwritten(StoreError(error.to_string()))),
            }
        }
        Err(unwritten(StoreError("too many writers at once".into())))
    }

    /// The write, and where it disables, the news to the merchant's other endpoints.
    pub(super) fn endpoint_change(
        &self,
        write: EndpointWrite,
        now: Timestamp,
        change: &mut Change,
    ) {
        if !write.next.is_enabled() {
            self.tell_disabled(&write.next, now, change);
        }
        change.endpoint = Some(write);
    }

    /// No payment's event, so it has an id like that of a payment which never was.
    fn endpoint_event(
        &self,
        kind: &'static str,
        state: &EndpointState,
        now: Timestamp,
    ) -> MerchantEvent {
        let payment = PaymentId::new(now, &state.merchant, self.world.entropy());
        let id = EventId { payment, number: 1 };
        MerchantEvent {
            id,
            merchant: state.merchant.clone(),
            kind: kind.into(),
            payload: render::endpoint_event(id, kind, state, now),
            created_at: now,
        }
    }

    fn tell_disabled(&self, state: &EndpointState, now: Timestamp, change: &mut Change) {
        let event = self.endpoint_event(ENDPOINT_DISABLED, state, now);
        let id = event.id;
        change.events.push(event);
        let snapshot = self.snapshot.load();
        let endpoints = snapshot.merchant(&state.merchant).map_or(&[][..], |it| &it.endpoints);
        for endpoint in endpoints.iter().filter(|it| it.id != state.endpoint) {
            let id = DeliveryId { event: id, endpoint: endpoint.id.clone() };
            let due = Delivery::first_due(&endpoint.schedule, now);
            change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
            change.deliveries.push(Delivery::new(id, state.merchant.clone()));
        }
    }

    /// After the commit: what operators see.
    pub(super) fn endpoint_changed(&self, news: Option<&EndpointState>) {
        let Some(state) = news else { return };
        let (merchant, endpoint) = (state.merchant.as_str(), state.endpoint.as_str());
        match state.disabled {
            None if state.failing_since.is_some() => {
                tracing::warn!(merchant, endpoint, "endpoint.failing");
            }
            None => tracing::info!(merchant, endpoint, "endpoint.well"),
            Some(disabled) => {
                let reason = disabled.reason.name();
                self.metrics.endpoints_disabled.with_label_values(&[reason]).inc();
                self.metrics.attention.with_label_values(&["endpoint_disabled"]).inc();
                tracing::warn!(merchant, endpoint, reason, "endpoint.disabled");
            }
        }
    }

    /// Releases a batch of what is held, the oldest first, and comes again until nothing is left.
    pub(super) async fn replay(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        lease: &Leased,
    ) -> &'static str {
        let snapshot = self.snapshot.load_full();
        if snapshot.merchant(merchant).is_none_or(|it| it.endpoint(endpoint).is_none()) {
            let later = self.now().after(ENDPOINT_MISSING);
            return self.put_off(lease, Then::Again(later), "no_endpoint").await;
        }
        let batch = snapshot.delivery.per_endpoint;
        match self.held(merchant, endpoint, batch).await {
            Ok((state, _)) if !state.is_enabled() => {
                self.put_off(lease, Then::Done, "disabled").await
            }
            Ok((_, held)) if held.is_empty() => self.put_off(lease, Then::Done, "done").await,
            Ok((state, held)) => self.release(state, &held, lease).await,
            Err(error) => {
                tracing::warn!(task = %lease.kind, %error, "endpoint.unread");
                "failed"
            }
        }
    }

    /// The state first: what is held under it later is refused once it has changed.
    async fn held(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        limit: usize,
    ) -> Read<(EndpointState, Vec<Delivery>)> {
        let state = self.endpoint_state(merchant, endpoint).await?;
        Ok((state, self.store.held(merchant, endpoint, limit).await?))
    }

    async fn release(
        &self,
        state: EndpointState,
        held: &[Delivery],
        lease: &Leased,
    ) -> &'static str {
        let now = self.now();
        let pace = self.lanes.pace(&(state.merchant.clone(), state.endpoint.clone()), now);
        let mut change = Change {
            endpoint: Some(EndpointWrite { expected: state.version, next: state }),
            ..Change::default()
        };
        // A millisecond apart: in this order they are due, and so they are taken.
        for (delay, delivery) in (0..).zip(held.iter().filter_map(Delivery::release)) {
            let due = Timestamp(now.0 + delay);
            change.tasks.push(Task { kind: TaskKind::Deliver(delivery.id.clone()), due });
            change.entries.push(self.note(&delivery, "delivery.released", serde_json::json!({})));
            change.deliveries.push(delivery);
        }
        match self.finish(lease, Then::Again(now.after(pace)), change).await {
            Ok(()) => "released",
            Err(CommitError::Stale) => self.put_off(lease, Then::Again(now), "raced").await,
            Err(_) => "unrecorded",
        }
    }
}

fn unwritten(error: StoreError) -> Problem {
    tracing::error!(%error, "endpoint.unwritten");
    Problem::new(problem::STORE_UNAVAILABLE, "the endpoint could not be written").retry_after(1)
}
