//! A refund: reserved first, then asked for, and released only on a definite no.

use crate::id::{AttemptId, OrderNo, RefundId};
use crate::money::Money;
use crate::payment::{Contradiction, Refusal};
use crate::planted::bug;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    /// The attempt whose money goes back.
    pub attempt: AttemptId,
    /// The merchant's own number; for money we return ourselves, the attempt's id.
    pub refund_no: OrderNo,
    pub amount: Money,
    pub reason: Option<String>,
    pub cause: Cause,
    pub state: RefundState,
    pub channel_refund_no: Option<String>,
    pub created_at: Timestamp,
    /// Sends that were begun under this number and may have left.
    pub sends: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Merchant,
    /// A second success of the same payment goes back.
    Duplicate,
    /// Money after the merchant was told "closed" goes back.
    Late,
}

impl Cause {
    pub const ALL: [Self; 3] = [Self::Merchant, Self::Duplicate, Self::Late];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Duplicate => "duplicate_paid",
            Self::Late => "late_paid",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// A request is about to leave, or left and its fate is unknown.
    InDoubt,
    /// The channel took it and works on it.
    Processing,
    Succeeded {
        at: Timestamp,
    },
    /// A definite no: the reserved money is free again.
    Failed(Refusal),
    /// The channel waits for a person; the money stays reserved.
    Abnormal(Refusal),
}

impl RefundState {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 4] = ["processing", "succeeded", "failed", "abnormal"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::InDoubt | Self::Processing => "processing",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed(_) => "failed",
            Self::Abnormal(_) => "abnormal",
        }
    }

    /// Whether there is still something to find out.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::InDoubt | Self::Processing | Self::Abnormal(_) => true,
            Self::Succeeded { .. } | Self::Failed(_) => false,
        }
    }
}

/// What became true of a refund, however we heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundFact {
    Accepted {
        channel_refund_no: Option<String>,
    },
    Succeeded {
        amount: Money,
        channel_refund_no: Option<String>,
        at: Timestamp,
    },
    /// The answer to one send: that one took nothing.
    Refused(Refusal),
    /// The channel's record of the refund ended without a payout.
    Closed(Refusal),
    Abnormal(Refusal),
}

impl RefundFact {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "refund.accepted",
            Self::Succeeded { .. } => "refund.succeeded",
            Self::Refused(_) => "refund.refused",
            Self::Closed(_) => "refund.closed",
            Self::Abnormal(_) => "refund.abnormal",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundChange {
    Changed(Box<Refund>),
    Redundant,
}

impl Refund {
    pub fn holds_money(&self) -> bool {
        match self.state {
            RefundState::Failed(_) => false,
            RefundState::InDoubt
            | RefundState::Processing
            | RefundState::Succeeded { .. }
            | RefundState::Abnormal(_) => true,
        }
    }

    /// What has ended is not sent again, nor what waits for a person, who may have paid by now.
    pub(crate) fn may_be_sent(&self) -> bool {
        matches!(self.state, RefundState::InDoubt | RefundState::Processing)
    }

    pub fn apply(&self, fact: &RefundFact) -> Result<RefundChange, Contradiction> {
        match fact {
            RefundFact::Accepted { channel_refund_no } => Ok(self.accepted(channel_refund_no)),
            RefundFact::Succeeded { amount, channel_refund_no, at } => {
                self.succeeded(*amount, channel_refund_no, *at)
            }
            RefundFact::Refused(refusal) => self.refused(refusal, fact.name()),
            RefundFact::Closed(refusal) => self.closed(refusal, fact.name()),
            RefundFact::Abnormal(refusal) => self.abnormal(refusal, fact.name()),
        }
    }

    fn accepted(&self, channel_refund_no: &Option<String>) -> RefundChange {
        match self.state {
            RefundState::InDoubt => self.to(RefundState::Processing, channel_refund_no),
            // Ranks only go up; an old "processing" says nothing new.
            RefundState::Processing
            | RefundState::Succeeded { .. }
            | RefundState::Failed(_)
            | RefundState::Abnormal(_) => RefundChange::Redundant,
        }
    }

    fn succeeded(
        &self,
        amount: Money,
        channel_refund_no: &Option<String>,
        at: Timestamp,
    ) -> Result<RefundChange, Contradiction> {
        if amount != self.amount {
            let expected = self.amount;
            return Err(Contradiction::AmountDiffers { expected, reported: amount });
        }
        match self.state {
            RefundState::Succeeded { .. } => Ok(RefundChange::Redundant),
            // Money that went out is a fact, whatever was said before.
            RefundState::InDoubt
            | RefundState::Processing
            | RefundState::Abnormal(_)
            | RefundState::Failed(_) => {
                Ok(self.to(RefundState::Succeeded { at }, channel_refund_no))
            }
        }
    }

    /// A no to the only send releases the money. Beside it another send may have been taken on,
    /// or may be: then the money stays reserved until the channel or a person says more.
    fn refused(
        &self,
        refusal: &Refusal,
        event: &'static str,
    ) -> Result<RefundChange, Contradiction> {
        let several = self.sends > 1 && !bug("refund-refused-by-a-repeat");
        match self.state {
            RefundState::InDoubt if !several => Ok(self.ended(refusal)),
            RefundState::InDoubt | RefundState::Processing => {
                Ok(self.to(RefundState::Abnormal(refusal.clone()), &None))
            }
            RefundState::Abnormal(_) | RefundState::Failed(_) => Ok(RefundChange::Redundant),
            RefundState::Succeeded { .. } if several => Ok(RefundChange::Redundant),
            RefundState::Succeeded { .. } => Err(Contradiction::Unexpected { event }),
        }
    }

    fn closed(
        &self,
        refusal: &Refusal,
        event: &'static str,
    ) -> Result<RefundChange, Contradiction> {
        match self.state {
            RefundState::InDoubt | RefundState::Processing => Ok(self.ended(refusal)),
            RefundState::Abnormal(_) if self.cause == Cause::Merchant => Ok(self.ended(refusal)),
            RefundState::Abnormal(_) | RefundState::Failed(_) => Ok(RefundChange::Redundant),
            RefundState::Succeeded { .. } => Err(Contradiction::Unexpected { event }),
        }
    }

    fn ended(&self, refusal: &Refusal) -> RefundChange {
        let next = match self.cause {
            Cause::Merchant => RefundState::Failed(refusal.clone()),
            // Surplus money is never dropped: it stays reserved until a person acts.
            Cause::Duplicate | Cause::Late => RefundState::Abnormal(refusal.clone()),
        };
        self.to(next, &None)
    }

    fn abnormal(
        &self,
        refusal: &Refusal,
        event: &'static str,
    ) -> Result<RefundChange, Contradiction> {
        match self.state {
            RefundState::InDoubt | RefundState::Processing => {
                Ok(self.to(RefundState::Abnormal(refusal.clone()), &None))
            }
            RefundState::Abnormal(_) => Ok(RefundChange::Redundant),
            RefundState::Succeeded { .. } | RefundState::Failed(_) => {
                Err(Contradiction::Unexpected { event })
            }
        }
    }

    fn to(&self, state: RefundState, channel_refund_no: &Option<String>) -> RefundChange {
        let channel_refund_no =
            channel_refund_no.clone().or_else(|| self.channel_refund_no.clone());
        RefundChange::Changed(Box::new(Self { state, channel_refund_no, ..self.clone() }))
    }
}

#[cfg(test)]
mod tests;
