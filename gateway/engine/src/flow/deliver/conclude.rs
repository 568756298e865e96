//! What follows from an attempt, in one commit: the delivery, its next moment, and what the attempt
//! says of the endpoint.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_core::delivery::{Answer, Delivery, DeliveryChange};
use paymux_core::endpoint::{DisabledReason, EndpointState};
use paymux_core::planted::bug;
use paymux_core::time::millis;
use paymux_store::{Change, CommitError, EndpointWrite, Leased, MerchantEvent, Store, Then};
use serde_json::json;

use super::attempt::Tried;
use crate::endpoint::Endpoint;
use crate::gateway::Gateway;
use crate::render;

/// Nodes that learn something of one endpoint at the same moment.
const MAX_RACES: usize = 16;

/// An attempt that has ended, before it is written.
struct Ended<'a> {
    delivery: &'a Delivery,
    event: &'a MerchantEvent,
    endpoint: &'a Endpoint,
    tried: &'a Tried,
}

impl<S: Store> Gateway<S> {
    pub(super) async fn conclude_attempt(
        &self,
        delivery: &Delivery,
        event: &MerchantEvent,
        endpoint: &Endpoint,
        state: EndpointState,
        lease: &Leased,
        tried: &Tried,
    ) -> &'static str {
        let ended = Ended { delivery, event, endpoint, tried };
        if tried.unknown {
            self.metrics.delivery_duplicates_possible.inc();
        }
        let mut state = Some(state);
        for _ in 0..MAX_RACES {
            match self.conclude_over(&ended, state.as_ref(), lease).await {
                Ok(outcome) => return outcome,
                Err(CommitError::Stale) => {}
                // What was sent is sent: where its result cannot be kept, it may be sent again.
                Err(_) => {
                    self.metrics.delivery_duplicates_possible.inc();
                    return "unrecorded";
                }
            }
            // The attempt's own result must not wait for a store that does not answer.
            let key = (&delivery.merchant, &delivery.id.endpoint);
            state = self.store.endpoint(key.0, key.1).await.ok().flatten();
        }
        self.conclude_over(&ended, None, lease).await.unwrap_or("unrecorded")
    }

    async fn conclude_over(
        &self,
        ended: &Ended<'_>,
        state: Option<&EndpointState>,
        lease: &Leased,
    ) -> Result<&'static str, CommitError> {
        let (now, jitter) = (self.now(), self.world.jitter());
        let limit = self.snapshot.load().delivery.disable_after;
        let news = state.and_then(|it| ended.news(it, now, limit));
        let answer = if bug("delivered-unheard") {
            Answer::Acknowledged
        } else if news.as_ref().is_some_and(|it| !it.is_enabled()) {
            Answer::Disabling
        } else {
            ended.tried.answer
        };
        let untold = state.filter(|_| news.is_none() && ended.is_last());
        let (answer, compared) = held_back(answer, untold);
        let change = ended.delivery.attempted(answer, now, &ended.endpoint.schedule, jitter);
        let (next, then) = match change {
            DeliveryChange::Redundant => {
                return Ok(self.put_off(lease, Then::Done, "done").await);
            }
            DeliveryChange::Ended(next) => (next, Then::Done),
            DeliveryChange::Again { next, due } => (next, Then::Again(due)),
        };
        let mut change =
            Change { entries: vec![self.attempted(&next, ended.tried, then)], ..Change::default() };
        if let (Some(state), Some(news)) = (state, &news) {
            let write = EndpointWrite { expected: state.version, next: news.clone() };
            self.endpoint_change(write, now, &mut change);
        } else {
            change.endpoint = compared;
        }
        log(&next, ended, then, now);
        change.deliveries.push(next);
        self.finish(lease, then, change).await?;
        self.endpoint_changed(news.as_ref());
        if let (Answer::Acknowledged, Some(paid_at)) = (answer, ended.delivery.paid_at) {
            self.metrics.acknowledged(now.since(paid_at));
        }
        Ok(ended.tried.outcome)
    }

    fn attempted(&self, next: &Delivery, tried: &Tried, then: Then) -> paymux_store::Entry {
        let next_at = match then {
            Then::Done => None,
            Then::Again(at) => Some(render::time(at)),
        };
        let more = json!({
            "attempt": next.attempts,
            "outcome": tried.outcome,
            "http_status": tried.status,
            "looks_like": tried.looks,
            "next_at": next_at,
        });
        self.note(next, "delivery.attempted", more)
    }
}

impl Ended<'_> {
    fn is_last(&self) -> bool {
        self.delivery.is_last(&self.endpoint.schedule)
    }

    /// What the attempt says of the endpoint, where that is news.
    fn news(
        &self,
        state: &EndpointState,
        now: Timestamp,
        limit: Duration,
    ) -> Option<EndpointState> {
        if self.tried.gone {
            return state.disable(now, DisabledReason::Gone);
        }
        match self.tried.answer {
            Answer::Nothing => None,
            Answer::Acknowledged => state.heard(),
            Answer::Failed { .. } | Answer::Disabling => {
                let failures = self.delivery.attempts.saturating_add(1);
                // While its breaker is shut, few deliveries come to a third attempt.
                let last = self.is_last() || self.tried.lasting;
                state.failed(now, failures, last, limit)
            }
        }
    }
}

/// Of a last attempt. What would be the end of the delivery waits instead, where the endpoint is
/// disabled; and the end is written only where it still is not.
fn held_back(answer: Answer, state: Option<&EndpointState>) -> (Answer, Option<EndpointWrite>) {
    let failed = matches!(answer, Answer::Failed { .. });
    let Some(state) = state.filter(|_| failed) else { return (answer, None) };
    let compared = EndpointWrite { expected: state.version, next: state.clone() };
    let answer = if state.is_enabled() { answer } else { Answer::Disabling };
    (answer, Some(compared))
}

fn log(next: &Delivery, ended: &Ended<'_>, then: Then, now: Timestamp) {
    let next_in = match then {
        Then::Done => None,
        Then::Again(at) => Some(at.since(now)),
    };
    tracing::info!(
        delivery_id = %next.id,
        event = ended.event.kind,
        merchant = next.merchant.as_str(),
        endpoint = next.id.endpoint.as_str(),
        attempt = next.attempts,
        outcome = ended.tried.outcome,
        http_status = ended.tried.status,
        state = next.state.name(),
        next_in_ms = next_in.map(millis),
        "delivery.attempted"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_failure_waits_where_its_endpoint_is_disabled() {
        let enabled = EndpointState::new("shop".parse().unwrap(), "a".parse().unwrap());
        let disabled = enabled.disable(Timestamp(1), DisabledReason::Gone).unwrap();
        let failed = Answer::Failed { retry_after: None };
        let check = |answer, state: Option<&EndpointState>, expect, compared: Option<u64>| {
            let (held, write) = held_back(answer, state);
            let unchanged = write.as_ref().is_none_or(|it| it.expected == it.next.version);
            assert!(unchanged, "it is compared and not written");
            assert_eq!((held, write.map(|it| it.expected)), (expect, compared));
        };
        check(failed, Some(&enabled), failed, Some(0));
        check(failed, Some(&disabled), Answer::Disabling, Some(1));
        check(failed, None, failed, None);
        check(Answer::Acknowledged, Some(&disabled), Answer::Acknowledged, None);
    }
}
