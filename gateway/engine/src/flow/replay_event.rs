//! A merchant, or an operator, asks for an event once more.

use std::time::Duration;

use paymux_core::delivery::Delivery;
use paymux_core::{DeliveryId, EndpointId, EventId};
use paymux_store::{Act, Change, CommitError, Read, Store, StoreError, Task, TaskKind};
use serde_json::json;

use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Merchant;

impl<S: Store> Gateway<S> {
    /// To one endpoint, or to all that are configured now: the whole schedule again, under the same
    /// `webhook-id`. An attempt that is under way is not waited for; its result is dropped.
    pub async fn replay_event(
        &self,
        merchant: &Merchant,
        event: EventId,
        endpoint: Option<&EndpointId>,
        act: Option<Act>,
    ) -> Result<Vec<Delivery>, Problem> {
        let unknown = |what| Problem::new(problem::NOT_FOUND, format!("there is no such {what}"));
        let found = self.store.event(event).await.map_err(unavailable)?;
        found.filter(|it| it.merchant == merchant.id).ok_or_else(|| unknown("event"))?;
        let wanted = |it: &&EndpointId| endpoint.is_none_or(|one| *it == one);
        let mut deliveries = vec![];
        for endpoint in merchant.endpoints.iter().map(|it| &it.id).filter(wanted) {
            let id = DeliveryId { event, endpoint: endpoint.clone() };
            deliveries.push(self.once_more(merchant, id).await.map_err(unavailable)?);
        }
        // A door hears again of what it was told, and of nothing else.
        for endpoint in merchant.doors.iter().map(|it| &it.id).filter(wanted) {
            let id = DeliveryId { event, endpoint: endpoint.clone() };
            let told = self.store.delivery(&id).await.map_err(unavailable)?;
            deliveries.extend(told.map(|it| it.again()));
        }
        if deliveries.is_empty() {
            return Err(unknown("endpoint"));
        }
        self.replay_deliveries(&deliveries, Duration::ZERO, act).await?;
        Ok(deliveries)
    }

    /// Once more, one after the other with this pause between them: an endpoint that was away must
    /// not be knocked over when it is back.
    pub async fn replay_failed(
        &self,
        deliveries: &[Delivery],
        pause: Duration,
        act: Act,
    ) -> Result<(), Problem> {
        let again: Vec<_> = deliveries.iter().map(Delivery::again).collect();
        self.replay_deliveries(&again, pause, Some(act)).await
    }

    async fn replay_deliveries(
        &self,
        deliveries: &[Delivery],
        pause: Duration,
        act: Option<Act>,
    ) -> Result<(), Problem> {
        let change = Change { act, ..self.replayed(deliveries, pause) };
        let written = self.store.commit(change).await;
        written.map_err(|it: CommitError| unavailable(StoreError(it.to_string())))?;
        self.metrics.delivery_duplicates_possible.inc_by(deliveries.len() as u64);
        self.bell.ring();
        Ok(())
    }

    /// An endpoint that came after the event has none yet.
    async fn once_more(&self, merchant: &Merchant, id: DeliveryId) -> Read<Delivery> {
        let found = self.store.delivery(&id).await?;
        Ok(found.map_or_else(|| Delivery::new(id, merchant.id.clone()), |it| it.again()))
    }

    fn replayed(&self, deliveries: &[Delivery], pause: Duration) -> Change {
        let now = self.now();
        let task = |(place, it): (u32, &Delivery)| Task {
            kind: TaskKind::Deliver(it.id.clone()),
            due: now.after(pause * place),
        };
        Change {
            deliveries: deliveries.to_vec(),
            tasks: (0..).zip(deliveries).map(task).collect(),
            entries: deliveries
                .iter()
                .map(|it| self.note(it, "delivery.replayed", json!({})))
                .collect(),
            ..Change::default()
        }
    }
}

fn unavailable(error: StoreError) -> Problem {
    tracing::error!(%error, "event.not_replayed");
    Problem::new(problem::STORE_UNAVAILABLE, "the store cannot be reached").retry_after(1)
}
