//! A transfer (打款): money that a merchant pays out to somebody, under one number for ever.
//!
//! [`Transfer::apply`] is the only way it changes; [`Transfer::ask_again_at`] says when to look
//! next.

mod apply;
mod event;
mod money;
mod payee;
mod silence;

pub use event::{Answer, Effect, Event, Fact, Notice, Rejection, Transition};
pub use payee::{Payee, PayeeKind};
pub use silence::FOUND_FOR;

use std::time::Duration;

use crate::id::{AccountId, MerchantId, OrderNo, TransferId, VoucherNo};
use crate::money::Money;
use crate::payment::Refusal;
use crate::route::Day;
use crate::time::Timestamp;

/// Between the first send and the first question.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// Some wait for their payee for days; asking more often than this brings nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Banks send money back for some days after it was said to have arrived.
const MAY_BOUNCE: Duration = Duration::from_secs(7 * 24 * 3600);
const BOUNCE_PAUSE: Duration = Duration::from_secs(12 * 3600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub id: TransferId,
    pub merchant: MerchantId,
    /// From whose balance it is paid.
    pub account: AccountId,
    /// The merchant's own number.
    pub transfer_no: OrderNo,
    pub amount: Money,
    pub kind: Kind,
    pub payee: Payee,
    /// What the payee reads of it.
    pub title: String,
    /// What the channel is told of its purpose, where it wants to be told.
    pub scene: Option<Scene>,
    /// The settlement that it pays, which reserved its money and books what becomes of it.
    pub settles: Option<VoucherNo>,
    pub state: State,
    pub channel_transfer_no: Option<String>,
    pub created_at: Timestamp,
    /// Of whose limits it takes its part, and to which that goes back.
    pub spent_on: Day,
    /// Sends that were begun and may have left.
    pub sends: u16,
    /// When the first of them was begun, from which channels count how long they find it.
    pub first_sent_at: Option<Timestamp>,
    /// When the last of them was begun.
    pub sent_at: Option<Timestamp>,
    /// The channel has told of it: that it knows nothing of it later proves nothing.
    pub known: bool,
    /// Who allowed it, where it had to be allowed.
    pub approved_by: Option<String>,
    /// It is to be taken back, if its payee has not taken it.
    pub cancelling: bool,
    /// Merchant events so far: the next one's number, less one.
    pub events: u16,
    /// Counts applied events; the store commits only over the version it read.
    pub version: u64,
    /// Of the merchant's request, by which a repeat of it is known.
    pub fingerprint: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Transfer,
    /// Shown to its payee as a red packet (红包).
    RedPacket,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Transfer, Self::RedPacket];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::RedPacket => "red_packet",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// The purpose in the channel's own words: a scene, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    pub id: String,
    /// Each a kind of information and the information.
    pub reports: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for somebody at the gateway to allow it; nothing was sent.
    Held,
    /// A request is about to leave, or left and its fate is unknown.
    InDoubt,
    /// The channel took it and works on it.
    Processing,
    /// Its only send was refused, and the channel is asked before that is believed.
    Refused(Refusal),
    /// The payee has to say yes in the wallet, with the package where it is known.
    Waiting {
        package: Option<String>,
    },
    Succeeded {
        at: Timestamp,
    },
    /// A definite no: the reserved money is free again.
    Failed(Refusal),
    /// It had arrived, and came back.
    Returned(Refusal),
    /// One of several sends was refused, and another may have been taken; or the channel has lost
    /// sight of it. Nothing is sent any more.
    Abnormal(Refusal),
}

impl State {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 7] =
        ["held", "processing", "awaiting_payee", "succeeded", "failed", "returned", "abnormal"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::InDoubt | Self::Processing | Self::Refused(_) => "processing",
            Self::Waiting { .. } => "awaiting_payee",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed(_) => "failed",
            Self::Returned(_) => "returned",
            Self::Abnormal(_) => "abnormal",
        }
    }

    /// Whether there is still something to find out at the channel.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::InDoubt | Self::Processing | Self::Refused(_) => true,
            Self::Waiting { .. } | Self::Abnormal(_) => true,
            Self::Held | Self::Succeeded { .. } | Self::Failed(_) | Self::Returned(_) => false,
        }
    }

    /// Whether nobody waits for its end.
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Held | Self::InDoubt | Self::Processing | Self::Refused(_) => false,
            Self::Waiting { .. } | Self::Abnormal(_) => false,
            Self::Succeeded { .. } | Self::Failed(_) | Self::Returned(_) => true,
        }
    }

    /// Whether the money is the merchant's no more: promised, on its way, or gone.
    pub const fn takes_money(&self) -> bool {
        match self {
            Self::Held | Self::Succeeded { .. } => true,
            Self::InDoubt | Self::Processing | Self::Refused(_) => true,
            Self::Waiting { .. } | Self::Abnormal(_) => true,
            Self::Failed(_) | Self::Returned(_) => false,
        }
    }
}

impl Transfer {
    /// Whether the channel is asked about it.
    pub fn may_be_known(&self) -> bool {
        self.sends > 0 && (self.state.is_open() || self.may_bounce())
    }

    fn may_bounce(&self) -> bool {
        matches!(self.state, State::Succeeded { .. }) && self.payee.kind == PayeeKind::BankCard
    }

    /// When its task looks at it next; never, where it is over or waits for a person of ours.
    pub fn ask_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        if let State::Succeeded { at } = self.state {
            let bounces = self.may_bounce() && now.since(at) < MAY_BOUNCE;
            return bounces.then(|| now.after(BOUNCE_PAUSE));
        }
        let pause = (now.since(self.created_at) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.state.is_open().then(|| now.after(pause))
    }

    /// Says which invariant is broken, if any: before every commit and after every load.
    pub fn check(&self) -> Result<(), &'static str> {
        let ensure = |holds: bool, what| if holds { Ok(()) } else { Err(what) };
        ensure(self.amount.minor() > 0, "the amount is not positive")?;
        ensure(self.state != State::Held || self.sends == 0, "it was sent before it was allowed")?;
        let dated = self.sent_at.is_some() && self.first_sent_at.is_some();
        ensure(self.sends == 0 || dated, "it was sent at no time")
    }
}

#[cfg(test)]
mod tests;
