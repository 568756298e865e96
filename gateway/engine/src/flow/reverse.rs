//! Undoes a charge at its channel: asked first, since it may have ended by itself; and whatever is
//! said of it later is asked about before it is believed.

use paymux_channel::{Operation, Outcome};
use paymux_core::AttemptId;
use paymux_core::payment::{Absence, Event, Payment, Standing};
use paymux_core::planted::bug;
use paymux_store::Store;

use super::resolve::{Heard, Walk};
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

impl<S: Store> Gateway<S> {
    pub(super) async fn undo(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<Walk, RecordError> {
        let known = payment.attempt(attempt);
        let reversing = known.is_some_and(|it| it.standing == Standing::Reversing);
        let alone = known.is_some_and(|it| it.sends == 1);
        let outcome = match self.put(payment, attempt, Operation::Query { attempt }).await? {
            Heard::Answer(outcome) => outcome,
            Heard::Nothing(why) => return Ok(Walk::Unheard(why)),
            Heard::Shed(shed, why) => return Ok(Walk::Shed(shed, why)),
        };
        let gone = payment.absence(attempt, self.now()) == Absence::Gone;
        match outcome {
            Outcome::Closed => Ok(Walk::News(outcome)),
            // What came back came by our own request.
            Outcome::GivenBack(_) if reversing => Ok(Walk::News(Outcome::Closed)),
            // Once it is being undone, the request to do so may still be on its way.
            Outcome::Paid(_) | Outcome::GivenBack(_) if !reversing => Ok(Walk::News(outcome)),
            Outcome::Refused(_) if alone => Ok(Walk::News(outcome)),
            Outcome::Absent if gone => Ok(Walk::News(Outcome::Closed)),
            Outcome::Accepted(_)
            | Outcome::Unpaid
            | Outcome::Paid(_)
            | Outcome::Refused(_)
            | Outcome::Absent
            | Outcome::GivenBack(_)
            | Outcome::AlreadyPaid
            | Outcome::PayFailed
            | Outcome::Undone
            | Outcome::Refund(_)
            | Outcome::Transfer(_)
            | Outcome::Split(_)
            | Outcome::Bound
            | Outcome::PlatformKeys(_)
            | Outcome::Payer(_)
            | Outcome::Token { .. }
            | Outcome::Bill(_)
            | Outcome::Raw(_)
            | Outcome::Unknown { .. } => self.reverse(payment, attempt).await,
        }
    }

    async fn reverse(&self, payment: &Payment, attempt: AttemptId) -> Result<Walk, RecordError> {
        let since = self.now();
        if !self.may_reverse(attempt).await? {
            return Ok(Walk::Rest);
        }
        let operation = Operation::Reverse { attempt };
        match self.put_since(payment, attempt, operation, since).await? {
            Heard::Answer(Outcome::Closed) => Ok(Walk::News(Outcome::Closed)),
            Heard::Answer(Outcome::AlreadyPaid) => self.recheck(payment, attempt).await,
            Heard::Answer(Outcome::Undone) => self.confirm(payment, attempt).await,
            Heard::Answer(_) => Ok(Walk::Rest),
            Heard::Nothing(why) => Ok(Walk::Unheard(why)),
            Heard::Shed(shed, why) => Ok(Walk::Shed(shed, why)),
        }
    }

    /// Intent before call: what is reported as paid from here on, this request returns. Where it
    /// was recorded as paid before, nothing is undone.
    async fn may_reverse(&self, attempt: AttemptId) -> Result<bool, RecordError> {
        if bug("reversed-without-intent") {
            return Ok(true);
        }
        let reversing = |_: &Payment| vec![Event::Reversing { attempt }];
        let recorded = self.record(attempt.payment, Along::default(), reversing).await?;
        let standing = recorded.next.attempt(attempt).map(|it| &it.standing);
        Ok(standing == Some(&Standing::Reversing))
    }

    /// An answer that names no order ends none: what it says of this one is asked. A charge that
    /// failed and was undone takes nothing any more.
    async fn confirm(&self, payment: &Payment, attempt: AttemptId) -> Result<Walk, RecordError> {
        Ok(match self.put(payment, attempt, Operation::Query { attempt }).await? {
            Heard::Answer(Outcome::Closed | Outcome::GivenBack(_) | Outcome::PayFailed) => {
                Walk::News(Outcome::Closed)
            }
            Heard::Answer(_) => Walk::Rest,
            Heard::Nothing(why) => Walk::Unheard(why),
            Heard::Shed(shed, why) => Walk::Shed(shed, why),
        })
    }

    /// Whether the money is there, asked after the channel was told to undo the charge.
    pub(super) async fn recheck(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<Walk, RecordError> {
        let asked_at = payment.version;
        let reversing = payment.attempt(attempt).is_some_and(|it| it.standing.is_live());
        Ok(match self.put(payment, attempt, Operation::Query { attempt }).await? {
            Heard::Answer(Outcome::Paid(receipt)) => {
                Walk::Told(Event::StillPaid { attempt, receipt, asked_at })
            }
            // Nobody but we gave anything of it back, and undoing gives back all.
            Heard::Answer(Outcome::Closed | Outcome::GivenBack(_)) if reversing => {
                Walk::News(Outcome::Closed)
            }
            Heard::Answer(
                Outcome::Closed
                | Outcome::GivenBack(_)
                | Outcome::Refused(_)
                | Outcome::PayFailed
                | Outcome::Absent,
            ) if !reversing => Walk::Told(Event::Returned { attempt, asked_at }),
            Heard::Answer(_) => Walk::Rest,
            Heard::Nothing(why) => Walk::Unheard(why),
            Heard::Shed(shed, why) => Walk::Shed(shed, why),
        })
    }
}
