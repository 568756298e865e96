//! One attempt to tell one endpoint of one event.

use std::time::Duration;

use paymux_core::DeliveryId;
use paymux_core::delivery::{Answer, Delivery, DeliveryChange, DeliveryState};
use paymux_core::planted::bug;
use paymux_core::time::millis;
use paymux_store::{Change, CommitError, Entry, Leased, MerchantEvent, Store, Then};
use serde_json::json;
use tower::ServiceExt as _;

use super::resolve::finish;
use crate::courier::{CourierError, Parcel, Receipt};
use crate::endpoint::{Ack, Endpoint};
use crate::gateway::Gateway;
use crate::{render, webhook};

/// An endpoint that left the configuration may come back; ask for it this often.
const ENDPOINT_MISSING: Duration = Duration::from_secs(3600);

/// What is shed comes again soon, and not all at once; an endpoint's places are busy for
/// milliseconds where it is healthy.
const SHED_PAUSE_MS: std::ops::Range<u64> = 50..2_000;

/// How an attempt went, in words.
struct Result {
    answer: Answer,
    outcome: &'static str,
    status: Option<u16>,
}

impl<S: Store> Gateway<S> {
    pub(super) async fn deliver(&self, id: &DeliveryId, lease: &Leased) -> &'static str {
        let (delivery, event) = match self.read_delivery(id).await {
            // A task is a hint, the state is the truth.
            Ok(Some((delivery, _))) if delivery.state != DeliveryState::Due => {
                return self.put_off(lease, Then::Done, "done").await;
            }
            Ok(Some(found)) => found,
            Ok(None) => return self.put_off(lease, Then::Done, "done").await,
            Err(error) => {
                tracing::warn!(delivery_id = %id, %error, "delivery.unread");
                return "failed";
            }
        };
        let snapshot = self.snapshot.load_full();
        let endpoint =
            snapshot.merchant(&delivery.merchant).and_then(|it| it.endpoint(&id.endpoint));
        let Some(endpoint) = endpoint else {
            let later = self.now().after(ENDPOINT_MISSING);
            return self.put_off(lease, Then::Again(later), "no_endpoint").await;
        };
        let Some(result) = self.attempt(endpoint, &event).await else {
            let later = self.now().after(super::within(SHED_PAUSE_MS, self.world.entropy()));
            return self.put_off(lease, Then::Again(later), "shed").await;
        };
        self.conclude_attempt(&delivery, &event, endpoint, lease, &result).await
    }

    async fn read_delivery(
        &self,
        id: &DeliveryId,
    ) -> paymux_store::Read<Option<(Delivery, MerchantEvent)>> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        Ok(self.store.event(id.event).await?.map(|event| (delivery, event)))
    }

    /// `None` when nothing was sent because too much is being sent: no attempt at all.
    async fn attempt(&self, endpoint: &Endpoint, event: &MerchantEvent) -> Option<Result> {
        let begun = self.now();
        let parcel = Parcel {
            url: endpoint.url.clone(),
            headers: webhook::headers(&endpoint.secrets, event.id, begun, &event.payload),
            body: event.payload.clone().into(),
            timeout: endpoint.timeout,
        };
        paymux_store::crashpoint!("deliver.before_send");
        let sent = self.courier.clone().oneshot(parcel).await;
        paymux_store::crashpoint!("deliver.after_answer");
        if let Err(CourierError::Shed) = sent {
            return None;
        }
        let result = judge(endpoint.ack, sent);
        self.metrics.delivery(result.outcome, self.now().since(begun));
        Some(result)
    }

    async fn conclude_attempt(
        &self,
        delivery: &Delivery,
        event: &MerchantEvent,
        endpoint: &Endpoint,
        lease: &Leased,
        result: &Result,
    ) -> &'static str {
        let (now, jitter) = (self.now(), self.world.jitter());
        let answer = if bug("delivered-unheard") { Answer::Acknowledged } else { result.answer };
        let (next, then) = match delivery.attempted(answer, now, &endpoint.schedule, jitter) {
            DeliveryChange::Redundant => return self.put_off(lease, Then::Done, "done").await,
            DeliveryChange::Ended(next) => (next, Then::Done),
            DeliveryChange::Again { next, due } => (next, Then::Again(due)),
        };
        let entry = self.entry(&next, result, then);
        tracing::info!(
            delivery_id = %next.id,
            event = event.kind,
            merchant = next.merchant.as_str(),
            endpoint = next.id.endpoint.as_str(),
            attempt = next.attempts,
            outcome = result.outcome,
            http_status = result.status,
            state = next.state.name(),
            next_in_ms = pause(then, now).map(millis),
            "delivery.attempted"
        );
        let change = Change { deliveries: vec![next], entries: vec![entry], ..Change::default() };
        self.write(lease, then, change, result.outcome).await
    }

    fn entry(&self, next: &Delivery, result: &Result, then: Then) -> Entry {
        let again_at = match then {
            Then::Done => None,
            Then::Again(at) => Some(render::time(at)),
        };
        let detail = json!({
            "event_id": next.id.event.to_string(),
            "endpoint": next.id.endpoint.as_str(),
            "attempt": next.attempts,
            "outcome": result.outcome,
            "http_status": result.status,
            "state": next.state.name(),
            "next_at": again_at,
        });
        Entry {
            payment: next.id.event.payment,
            at: self.now(),
            kind: "delivery.attempted".into(),
            detail: detail.to_string(),
        }
    }

    /// What was sent is sent: where its result cannot be kept, the endpoint may hear it twice.
    async fn write(
        &self,
        lease: &Leased,
        then: Then,
        change: Change,
        outcome: &'static str,
    ) -> &'static str {
        let written = self.finish(lease, then, change).await;
        if !written {
            self.metrics.delivery_duplicates_possible.inc();
        }
        if written { outcome } else { "unrecorded" }
    }

    /// Nothing was sent, so nothing is lost if the task cannot be finished now.
    async fn put_off(&self, lease: &Leased, then: Then, outcome: &'static str) -> &'static str {
        if self.finish(lease, then, Change::default()).await { outcome } else { "unrecorded" }
    }

    /// Under the lease's fence, or not at all: the next owner has its own result.
    async fn finish(&self, lease: &Leased, then: Then, change: Change) -> bool {
        let change = Change { finish: Some(finish(lease, then)), ..change };
        match self.store.commit(change).await {
            Ok(()) => {
                self.work.notify_one();
                true
            }
            Err(error) => {
                if matches!(error, CommitError::Fenced) {
                    self.metrics.fenced_commits.inc();
                }
                tracing::warn!(task = %lease.kind, %error, "delivery.unrecorded");
                false
            }
        }
    }
}

/// Success is 2xx, and `success` in the body where the endpoint asks for it.
fn judge(ack: Ack, sent: std::result::Result<Receipt, CourierError>) -> Result {
    let failed = |outcome, status, retry_after| Result {
        answer: Answer::Failed { retry_after },
        outcome,
        status,
    };
    let receipt = match sent {
        Ok(receipt) => receipt,
        Err(error) => return failed(error.name(), None, None),
    };
    let status = Some(receipt.status);
    match receipt.status {
        200..=299 if acknowledges(ack, &receipt.body) => {
            Result { answer: Answer::Acknowledged, outcome: "acknowledged", status }
        }
        200..=299 => failed("body_not_success", status, None),
        300..=399 => failed("redirect", status, None),
        429 | 503 => failed("asked_to_wait", status, receipt.retry_after),
        400..=499 => failed("client_error", status, None),
        _ => failed("server_error", status, None),
    }
}

fn acknowledges(ack: Ack, body: &[u8]) -> bool {
    match ack {
        Ack::Status => true,
        Ack::Success => body.trim_ascii() == b"success",
    }
}

fn pause(then: Then, now: paymux_core::Timestamp) -> Option<Duration> {
    match then {
        Then::Done => None,
        Then::Again(at) => Some(at.since(now)),
    }
}
