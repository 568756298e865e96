//! Walks a refund to its definite end, always under its one number.

use std::time::Duration;

use paymux_channel::{Operation, Outcome, RefundCall, RefundOutcome};
use paymux_core::payment::{Event, Payment};
use paymux_core::refund::{Refund, RefundFact, RefundState};
use paymux_core::{AttemptId, RefundId, Timestamp};
use paymux_store::{Leased, Store};

use super::resolve::along;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

/// Before this age an earlier request may still be on its way, so neither "no such refund" nor a
/// refusal decides anything.
const SETTLED: Duration = Duration::from_secs(60);
/// Alipay asks for 10 s between a refund and the first question about it.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// Refunds take days; asking more often than this brings nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

impl<S: Store> Gateway<S> {
    /// The first send, right behind the commit that reserved the money.
    pub(super) async fn send_refund(&self, id: RefundId) {
        if let Err(error) = self.first_send(id).await {
            tracing::warn!(refund_id = %id, %error, "refund.in_doubt");
        }
    }

    async fn first_send(&self, id: RefundId) -> Result<(), RecordError> {
        let payment = self.load(id.payment).await?;
        let Some(refund) = payment.refund(id) else { return Ok(()) };
        let operation = Operation::Refund(refund_call(&payment, refund));
        if let Some(RefundOutcome::Fact(fact)) = self.ask_refund(&payment, refund, operation).await
        {
            self.record(id.payment, Along::default(), |_| news(id, &fact)).await?;
        }
        Ok(())
    }

    pub async fn walk_refund(&self, id: RefundId, lease: Option<&Leased>) -> &'static str {
        match self.step_refund(id, lease).await {
            Ok(outcome) => outcome,
            Err(RecordError::Contradiction(contradiction)) => {
                let attempt = AttemptId { payment: id.payment, number: 1 };
                self.quarantined(attempt, &contradiction.to_string());
                self.postpone(lease).await;
                "contradiction"
            }
            Err(error) => {
                tracing::warn!(refund_id = %id, %error, "refund.unresolved");
                "failed"
            }
        }
    }

    async fn step_refund(
        &self,
        id: RefundId,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let payment = self.load(id.payment).await?;
        let open = payment.refund(id).filter(|it| it.state.is_open());
        let fact = match open {
            Some(refund) => self.find_out(&payment, refund).await,
            None => None,
        };
        let events = |_: &Payment| fact.iter().flat_map(|it| news(id, it)).collect();
        self.record(id.payment, along(lease), events).await?;
        Ok(fact.as_ref().map_or("nothing_new", RefundFact::name))
    }

    /// Asks first: what was sent may have worked. Sends again only what the channel does not know.
    async fn find_out(&self, payment: &Payment, refund: &Refund) -> Option<RefundFact> {
        let call = refund_call(payment, refund);
        let asked = Operation::QueryRefund(call.clone());
        match self.ask_refund(payment, refund, asked).await? {
            RefundOutcome::Fact(fact) => return Some(fact),
            // It was taken on a moment ago: the channel's own copies may lag behind.
            RefundOutcome::Absent if is_taken(refund) && !self.is_settled(refund) => return None,
            RefundOutcome::Absent => {}
        }
        match self.ask_refund(payment, refund, Operation::Refund(call)).await? {
            RefundOutcome::Fact(RefundFact::Refused(_)) if !self.is_settled(refund) => None,
            RefundOutcome::Fact(fact) => Some(fact),
            RefundOutcome::Absent => None,
        }
    }

    async fn ask_refund(
        &self,
        payment: &Payment,
        refund: &Refund,
        operation: Operation,
    ) -> Option<RefundOutcome> {
        let snapshot = self.snapshot.load_full();
        let account = payment.attempt(refund.attempt).and_then(|it| snapshot.account(&it.account));
        let Some(account) = account else {
            tracing::error!(refund_id = %refund.id, "refund.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return None;
        };
        match self.call(account, operation).await {
            Ok(Outcome::Refund(outcome)) => Some(outcome),
            Ok(_) | Err(_) => None,
        }
    }

    fn is_settled(&self, refund: &Refund) -> bool {
        self.now().since(refund.created_at) >= SETTLED
    }
}

fn news(refund: RefundId, fact: &RefundFact) -> Vec<Event> {
    vec![Event::Refund { refund, fact: fact.clone() }]
}

/// Built from the stored refund alone, so that a repeat is the same request.
fn refund_call(payment: &Payment, refund: &Refund) -> RefundCall {
    RefundCall {
        refund: refund.id,
        attempt: refund.attempt,
        amount: refund.amount,
        paid: payment.order.amount,
        reason: refund.reason.clone(),
    }
}

fn is_taken(refund: &Refund) -> bool {
    refund.state == RefundState::Processing
}

/// Half the refund's age, within bounds.
pub(super) fn ask_again_at(refund: &Refund, now: Timestamp) -> Timestamp {
    now.after((now.since(refund.created_at) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE))
}
