//! A refund: reserved first, then asked for, and released only on a definite no.

mod fact;
mod retry;

pub use fact::RefundFact;
pub use retry::End;

use crate::id::{AttemptId, OrderNo, RefundId, RefundNo};
use crate::money::Money;
use crate::payment::{Contradiction, Door, PartNo, Refusal};
use crate::planted::bug;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    /// The attempt whose money goes back.
    pub attempt: AttemptId,
    /// Of an order of several parts, the one that gives it back.
    pub part: Option<PartNo>,
    /// The merchant's own number; for money we return ourselves, the attempt's id.
    pub refund_no: OrderNo,
    pub amount: Money,
    pub reason: Option<String>,
    pub door: Option<Door>,
    pub cause: Cause,
    pub state: RefundState,
    pub channel_refund_no: Option<String>,
    pub created_at: Timestamp,
    /// Numbers it had at the channel before its present one, each closed there.
    pub round: u16,
    /// When its present number is to be sent first, where that is not at its creation.
    pub turn: Option<Timestamp>,
    /// Sends that were begun under its present number and may have left.
    pub sends: u16,
    /// Which no of the channel's ended it, where one did.
    pub ended: Option<End>,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundChange {
    Changed(Box<Refund>),
    Redundant,
}

impl Refund {
    /// The channel's number of what is returned.
    pub fn out_trade_no(&self) -> String {
        self.attempt.out_trade_no(self.part)
    }

    pub fn holds_money(&self) -> bool {
        match self.state {
            RefundState::Failed(_) => false,
            RefundState::InDoubt
            | RefundState::Processing
            | RefundState::Succeeded { .. }
            | RefundState::Abnormal(_) => true,
        }
    }

    /// Whether the merchant asked for it; else it returns what should not have come.
    pub(crate) const fn is_wanted(&self) -> bool {
        matches!(self.cause, Cause::Merchant)
    }

    /// What has ended is not sent again, nor what waits for a person, who may have paid by now.
    pub(crate) fn may_be_sent(&self) -> bool {
        matches!(self.state, RefundState::InDoubt | RefundState::Processing)
    }

    /// Its number at the channel.
    pub const fn number(&self) -> RefundNo {
        RefundNo { refund: self.id, round: self.round }
    }

    /// When its present number is to be sent first.
    pub fn turn(&self) -> Timestamp {
        self.turn.unwrap_or(self.created_at)
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
            RefundState::InDoubt if !several => Ok(self.ended(refusal, End::Refused)),
            RefundState::InDoubt | RefundState::Processing => {
                Ok(self.stopped(RefundState::Abnormal(refusal.clone()), End::Refused))
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
            RefundState::Abnormal(_) | RefundState::Failed(_)
                if self.ended == Some(End::Closed) =>
            {
                Ok(RefundChange::Redundant)
            }
            // Refused is less than closed: under its number nothing more can come.
            RefundState::InDoubt
            | RefundState::Processing
            | RefundState::Abnormal(_)
            | RefundState::Failed(_) => Ok(self.ended(refusal, End::Closed)),
            RefundState::Succeeded { .. } => Err(Contradiction::Unexpected { event }),
        }
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
        let next = Self { state, channel_refund_no, ended: None, ..self.clone() };
        RefundChange::Changed(Box::new(next))
    }
}

#[cfg(test)]
mod tests;
