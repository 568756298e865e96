//! A refund that came to nothing is tried again: under the same number where the channel refused
//! it, and under a further one only where the channel closed it, which proves that the one before
//! moved no money.

use super::{Cause, Refund, RefundChange, RefundState};
use crate::payment::{Refusal, Rejection};
use crate::planted::bug;
use crate::time::Timestamp;

/// The channel's no under one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A send took nothing. The number may be sent again: it is one refund, however often.
    Refused,
    /// The channel's record of the number ended without a payout, and stays so.
    Closed,
}

impl Refund {
    pub(super) fn ended(&self, refusal: &Refusal, end: End) -> RefundChange {
        let next = match self.cause {
            Cause::Merchant => RefundState::Failed(refusal.clone()),
            // Surplus money is never dropped: it stays reserved until a person acts.
            Cause::Duplicate | Cause::Late => RefundState::Abnormal(refusal.clone()),
        };
        self.stopped(next, end)
    }

    pub(super) fn stopped(&self, state: RefundState, end: End) -> RefundChange {
        RefundChange::Changed(Box::new(Self { state, ended: Some(end), ..self.clone() }))
    }

    /// As it is sent next, at `turn`. Nothing where it is under way or has worked.
    pub(crate) fn retried(&self, turn: Timestamp) -> Result<Option<Self>, Rejection> {
        let end = match (&self.state, self.ended) {
            (RefundState::Failed(_) | RefundState::Abnormal(_), Some(end)) => end,
            // The channel has it, and a person there may pay it out.
            (RefundState::Failed(_) | RefundState::Abnormal(_), None) => {
                return Err(Rejection::RefundHeld);
            }
            (RefundState::InDoubt | RefundState::Processing | RefundState::Succeeded { .. }, _) => {
                return Ok(None);
            }
        };
        let anew = end == End::Closed || bug("refused-refund-under-new-number");
        let next =
            Self { turn: Some(turn), state: RefundState::InDoubt, ended: None, ..self.clone() };
        if !anew {
            // Of several sends one was refused, and another may still arrive; and what is held is
            // held because its channel knew the number.
            let certain = self.sends <= 1 && matches!(self.state, RefundState::Failed(_));
            let sends = if certain { 0 } else { self.sends };
            return Ok(Some(Self { sends, ..next }));
        }
        let round = self.round + 1;
        Ok(Some(Self { round, sends: 0, channel_refund_no: None, ..next }))
    }
}
