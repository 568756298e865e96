//! What a transfer's steps mean in money: reserved when it is promised, then paid or released.

use super::{State, Transfer};
use crate::id::VoucherNo;
use crate::ledger::{Exit, Matter, Posting};
use crate::time::Timestamp;

impl Transfer {
    /// Its money moves once for each step, so one that failed and yet succeeded moves none here: a
    /// person books it.
    pub fn posting(&self, before: Option<&State>, now: Timestamp) -> Option<Posting> {
        if self.settles.is_some() {
            return None;
        }
        let (merchant, amount) = (&self.merchant, self.amount);
        let matter = Matter::Payout(self.voucher_no()?);
        let exit = || Exit::Channel(self.account.clone());
        match (before, &self.state) {
            (None, _) => Posting::reserve(&matter, merchant, amount, now),
            (Some(before), State::Succeeded { at }) if before.is_promised() => {
                Posting::pay(&matter, merchant, exit(), amount, now).map(|it| it.moved(*at))
            }
            (Some(before), State::Failed(_)) if before.is_promised() => {
                Posting::release(&matter, merchant, amount, now)
            }
            (Some(State::Succeeded { .. }), State::Returned(_)) => {
                Posting::take_back(&matter, merchant, exit(), amount, now)
            }
            (Some(_), _) => None,
        }
    }

    fn voucher_no(&self) -> Option<VoucherNo> {
        self.id.to_string().parse().ok()
    }
}

impl State {
    /// Reserved, and neither paid nor released.
    pub const fn is_promised(&self) -> bool {
        match self {
            Self::Held | Self::InDoubt | Self::Processing => true,
            Self::Refused(_) | Self::Waiting { .. } | Self::Abnormal(_) => true,
            Self::Succeeded { .. } | Self::Failed(_) | Self::Returned(_) => false,
        }
    }
}
