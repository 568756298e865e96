//! Walks a refund to its definite end, always under its one number.

use std::time::Duration;

use paymux_channel::{Operation, Outcome, RefundCall, RefundOutcome};
use paymux_core::payment::{Event, Payment, Refusal};
use paymux_core::planted::bug;
use paymux_core::refund::{Cause, Refund, RefundFact, RefundState};
use paymux_core::{RefundId, Timestamp};
use paymux_store::{Change, Leased, Store, Then};

use super::resolve::{along, finish};
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

/// For so long after a send it may still be on its way, so neither "no such refund" nor another
/// send's refusal decides anything.
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
        // Whoever comes late leaves it to the task, which sends from then on.
        let Some(refund) = payment.refund(id).filter(|it| !self.is_settled(it)) else {
            return Ok(());
        };
        let operation = Operation::Refund(refund_call(&payment, refund));
        if let Some(RefundOutcome::Fact(fact)) = self.ask_refund(&payment, refund, operation).await
        {
            let events =
                |it: &Payment| if self.counts(it, id, &fact) { news(id, &fact) } else { vec![] };
            self.record(id.payment, Along::default(), events).await?;
        }
        Ok(())
    }

    /// A refusal of the first send says nothing once there may have been another.
    fn counts(&self, payment: &Payment, id: RefundId, fact: &RefundFact) -> bool {
        let alone = |it: &Refund| it.state == RefundState::InDoubt && !self.is_settled(it);
        let refused = matches!(fact, RefundFact::Refused(_));
        !refused || payment.refund(id).is_some_and(alone)
    }

    /// Without a lease it asks, and never sends: two sends at once could end in a refusal of the
    /// one and the money of the other.
    pub async fn walk_refund(&self, id: RefundId, lease: Option<&Leased>) -> &'static str {
        match self.step_refund(id, lease).await {
            Ok(outcome) => outcome,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(id, &contradiction.to_string());
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
            Some(refund) => self.find_out(&payment, refund, lease).await,
            None => None,
        };
        let events = |_: &Payment| fact.iter().flat_map(|it| news(id, it)).collect();
        let refused = matches!(fact, Some(RefundFact::Refused(_)));
        let bound = refused && !bug("refund-refused-on-a-lost-lease");
        self.record(id.payment, Along { bound, ..along(lease) }, events).await?;
        Ok(fact.as_ref().map_or("nothing_new", RefundFact::name))
    }

    /// Asks first: what was sent may have worked. Sends again only what the channel does not know.
    async fn find_out(
        &self,
        payment: &Payment,
        refund: &Refund,
        lease: Option<&Leased>,
    ) -> Option<RefundFact> {
        let mut call = refund_call(payment, refund);
        let asked = Operation::QueryRefund(call.clone());
        match self.ask_refund(payment, refund, asked).await? {
            RefundOutcome::Fact(fact) => return Some(fact),
            RefundOutcome::Absent if was_sent(refund) && !self.is_settled(refund) => return None,
            RefundOutcome::Absent => {}
        }
        if !self.may_send(refund.id, lease?).await {
            return None;
        }
        call.refund.number += u16::from(bug("refund-under-new-number"));
        match self.ask_refund(payment, refund, Operation::Refund(call)).await? {
            RefundOutcome::Fact(RefundFact::Refused(_)) if !self.is_settled(refund) => None,
            RefundOutcome::Fact(fact) => Some(fact),
            RefundOutcome::Absent => None,
        }
    }

    /// Whether it may be sent again: still open, and by nobody else while this may be on its way.
    async fn may_send(&self, id: RefundId, lease: &Leased) -> bool {
        let begun = self.now();
        if !self.holds_alone(lease, begun).await && !bug("refund-sent-on-a-lost-lease") {
            return false;
        }
        // What was true when the walk began may be over.
        let known = self.load(id.payment).await;
        let open = |it: &Refund| it.state.is_open() || bug("refund-sent-after-its-end");
        let open = known.is_ok_and(|it| it.refund(id).is_some_and(open));
        open && self.now().since(begun) < FIRST_PAUSE
    }

    /// Intent before call: nobody else gets the task until a send of now has arrived or is lost.
    async fn holds_alone(&self, lease: &Leased, now: Timestamp) -> bool {
        let finish = Some(finish(lease, Then::Again(now.after(SETTLED))));
        match self.store.commit(Change { finish, ..Change::default() }).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(task = %lease.kind, %error, "refund.not_sent");
                false
            }
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
            Ok(_) | Err(_) => bug("reserve-released-on-unknown").then(|| {
                let refusal = Refusal { code: String::new(), message: String::new() };
                RefundOutcome::Fact(RefundFact::Refused(refusal))
            }),
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

/// A merchant's refund is sent by its request: beside that a second send could be taken on while
/// the first is refused. One that was taken on may be unknown yet to the channel's own copies.
fn was_sent(refund: &Refund) -> bool {
    let by_request = refund.cause == Cause::Merchant && !bug("refund-sent-twice-at-once");
    by_request || refund.state == RefundState::Processing
}

/// Half the refund's age, within bounds.
pub(super) fn ask_again_at(refund: &Refund, now: Timestamp) -> Timestamp {
    now.after((now.since(refund.created_at) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE))
}
