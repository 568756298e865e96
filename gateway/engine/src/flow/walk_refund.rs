//! Walks a refund to its definite end, always under its one number.

use std::time::Duration;

use paymux_channel::{Operation, Outcome, RefundCall, RefundOutcome};
use paymux_core::payment::{Event, Payment, Refusal};
use paymux_core::planted::bug;
use paymux_core::refund::{Refund, RefundFact, RefundState};
use paymux_core::{RefundId, RefundNo, Timestamp};
use paymux_store::{Leased, Store};

use super::parts;
use super::resolve::along;
use super::shed::Shed;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

/// For so long after it was asked for, "no such refund" may be said of one that is on its way.
/// Sending it again would be harmless, but a refusal would have to wait for a person.
const SETTLED: Duration = Duration::from_secs(60);
/// Alipay asks for 10 s between a refund and the first question about it.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// Refunds take days; asking more often than this brings nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// A channel knows a refund sooner than that, or somebody has to do something.
const OVERDUE: Duration = Duration::from_secs(3600);

impl<S: Store> Gateway<S> {
    /// The first send, right behind the commit that reserved the money.
    pub async fn send_refund(&self, reserved: &Refund) {
        if let Err(error) = self.first_send(reserved).await {
            tracing::warn!(refund_id = %reserved.id, %error, "refund.in_doubt");
        }
    }

    async fn first_send(&self, reserved: &Refund) -> Result<(), RecordError> {
        let id = reserved.id;
        let payment = self.load(id.payment).await?;
        // Whoever comes late leaves it to the task, which may have sent it by now, in a turn and
        // under a number that are not those of the commit before.
        let as_it_was = |it: &&Refund| *it == reserved && !self.is_settled(it);
        let Some(refund) = payment.refund(id).filter(as_it_was) else {
            return Ok(());
        };
        let (number, found) = (refund.number(), self.send_committed(&payment, refund).await?);
        self.record(id.payment, Along::default(), |_| news(number, &found)).await?;
        Ok(())
    }

    pub async fn walk_refund(&self, id: RefundId, lease: Option<&Leased>) -> &'static str {
        let walked = self.step_refund(id, lease).await;
        self.walked(id, walked, lease).await
    }

    async fn step_refund(
        &self,
        id: RefundId,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let payment = self.load(id.payment).await?;
        let due = |it: &&Refund| it.state.is_open() && self.now() >= it.turn();
        let (number, found) = match payment.refund(id).filter(due) {
            Some(refund) => {
                let found = self.find_out(&payment, refund).await?;
                self.look_after_refund(refund, &found);
                (refund.number(), found)
            }
            None => (id.into(), Found::Nothing),
        };
        let shed = if let Found::Shed(shed) = found { Some(shed) } else { None };
        self.record(id.payment, Along { shed, ..along(lease) }, |_| news(number, &found)).await?;
        Ok(found.name())
    }

    /// What is in doubt for so long may want a person: a top-up, or a look at the account.
    fn look_after_refund(&self, refund: &Refund, found: &Found) {
        let doubtful = refund.state == RefundState::InDoubt && matches!(found, Found::Nothing);
        if doubtful && self.now().since(refund.turn()) >= OVERDUE {
            self.metrics.attention.with_label_values(&["refund_in_doubt"]).inc();
        }
    }

    /// Asks first: what was sent may have worked. Sends again only what the channel does not know.
    async fn find_out(&self, payment: &Payment, refund: &Refund) -> Result<Found, RecordError> {
        if refund.sends > 0 {
            let question = Operation::QueryRefund(refund_call(payment, refund));
            match self.ask_refund(payment, refund, question).await {
                Ok(RefundOutcome::Fact(fact)) => return Ok(Found::Fact(fact)),
                Ok(RefundOutcome::Absent) if self.is_settled(refund) => {}
                Err(Unknown::Shed(shed)) => return Ok(Found::Shed(shed)),
                Ok(RefundOutcome::Absent | RefundOutcome::Spent(_))
                | Err(Unknown::NeverSent | Unknown::Sent) => {
                    return Ok(Found::Nothing);
                }
            }
        }
        self.send_again(payment, refund).await
    }

    /// Intent before call, for repeats too: from here on a refusal of another send decides nothing.
    async fn send_again(&self, payment: &Payment, refund: &Refund) -> Result<Found, RecordError> {
        let (id, number) = (refund.id, refund.number());
        if bug("refund-resent-uncounted") {
            return self.send_committed(payment, refund).await;
        }
        // Of the number that was asked about, and no other.
        let resent = |it: &Payment| still(it, number, Event::RefundResent { refund: id });
        let recorded = self.record(id.payment, Along::default(), resent).await?;
        match recorded.next.refund(id).filter(|_| recorded.changed) {
            Some(refund) => self.send_committed(&recorded.next, refund).await,
            // What was true when the walk began is over.
            None => Ok(Found::Nothing),
        }
    }

    async fn send_committed(
        &self,
        payment: &Payment,
        refund: &Refund,
    ) -> Result<Found, RecordError> {
        let mut call = refund_call(payment, refund);
        call.refund.round += u16::from(bug("refund-under-new-number") && refund.sends > 0);
        match self.ask_refund(payment, refund, Operation::Refund(call)).await {
            Ok(RefundOutcome::Fact(fact)) => Ok(Found::Fact(fact)),
            Ok(RefundOutcome::Spent(refusal)) => Ok(self.is_spent(payment, refund, refusal).await),
            Ok(RefundOutcome::Absent) | Err(Unknown::Sent) => Ok(Found::Nothing),
            Err(unknown @ (Unknown::NeverSent | Unknown::Shed(_))) => {
                let (refund, number) = (refund.id, refund.number());
                let unsent = |it: &Payment| still(it, number, Event::RefundUnsent { refund });
                self.record(refund.payment, Along::default(), unsent).await?;
                let shed = if let Unknown::Shed(shed) = unknown { Some(shed) } else { None };
                Ok(shed.map_or(Found::Nothing, Found::Shed))
            }
        }
    }

    /// Somebody else has given the order back, unless we have: asked once more, when nothing of
    /// ours can be on its way. Another send may have worked just now, before a question finds it.
    async fn is_spent(&self, payment: &Payment, refund: &Refund, refusal: Refusal) -> Found {
        let age = self.now().since(refund.turn());
        if age < SETTLED || (refund.sends > 1 && age < OVERDUE) {
            return Found::Nothing;
        }
        let question = Operation::QueryRefund(refund_call(payment, refund));
        match self.ask_refund(payment, refund, question).await {
            Ok(RefundOutcome::Fact(fact)) => Found::Fact(fact),
            Ok(RefundOutcome::Absent) => Found::Fact(RefundFact::Closed(refusal)),
            Ok(RefundOutcome::Spent(_)) | Err(_) => Found::Nothing,
        }
    }

    async fn ask_refund(
        &self,
        payment: &Payment,
        refund: &Refund,
        operation: Operation,
    ) -> Result<RefundOutcome, Unknown> {
        let snapshot = self.snapshot.load_full();
        let account = parts::payer_of(payment, refund).and_then(|it| snapshot.account(it));
        let Some(account) = account else {
            tracing::error!(refund_id = %refund.id, "refund.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return Err(Unknown::NeverSent);
        };
        match self.call(account, Some(&payment.order.merchant), operation).await {
            Ok(Outcome::Refund(outcome)) => Ok(outcome),
            Ok(_) | Err(_) if bug("reserve-released-on-unknown") => {
                let refusal = Refusal { code: String::new(), message: String::new() };
                Ok(RefundOutcome::Fact(RefundFact::Refused(refusal)))
            }
            Err(error) if error.is_shed() => Err(Unknown::Shed(self.shed(account))),
            Err(error) if error.never_sent() => Err(Unknown::NeverSent),
            Ok(_) | Err(_) => Err(Unknown::Sent),
        }
    }

    fn is_settled(&self, refund: &Refund) -> bool {
        self.now().since(refund.turn()) >= SETTLED
    }
}

/// Nothing was heard of the refund; whether the request can have reached the channel.
enum Unknown {
    NeverSent,
    /// Nor could it: it was kept back.
    Shed(Shed),
    Sent,
}

/// Where a walk led.
enum Found {
    Fact(RefundFact),
    Nothing,
    /// It ended where the next call was kept back.
    Shed(Shed),
}

impl Found {
    const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::Nothing => "nothing_new",
            Self::Shed(_) => "shed",
        }
    }
}

/// What is true of the refund's present number alone.
fn still(payment: &Payment, number: RefundNo, event: Event) -> Vec<Event> {
    let present = payment.refund(number.refund).is_some_and(|it| it.number() == number);
    if present { vec![event] } else { vec![] }
}

fn news(number: RefundNo, found: &Found) -> Vec<Event> {
    match found {
        Found::Fact(fact) => vec![Event::Refund { number, fact: fact.clone() }],
        Found::Nothing | Found::Shed(_) => vec![],
    }
}

/// Built from the stored refund alone, so that a repeat is the same request.
fn refund_call(payment: &Payment, refund: &Refund) -> RefundCall {
    let whole = payment.order.amount;
    RefundCall {
        refund: refund.number(),
        attempt: refund.attempt,
        part: refund.part,
        amount: refund.amount,
        paid: refund.part.and_then(|it| payment.order.part(it)).map_or(whole, |it| it.amount),
        reason: refund.reason.clone(),
    }
}

/// In its turn, and then half as long again as it has taken, within bounds.
pub(super) fn ask_again_at(refund: &Refund, now: Timestamp) -> Timestamp {
    let turn = refund.turn();
    if now < turn {
        return turn;
    }
    now.after((now.since(turn) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE))
}
