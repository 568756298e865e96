//! Profit sharing (分账): money of a paid payment that goes to others, under one number for ever.
//!
//! A [`Split`] is one order at the channel: shares for receivers, the finish that gives the rest to
//! the merchant, or what comes back of one share. [`Split::apply`] is the only way it changes; the
//! sums are its payment's.

mod apply;
mod line;
mod proportion;
mod silence;

pub use apply::Change;
pub use line::{Line, LineState, Receiver, ReceiverKind};
pub use proportion::by_proportion;

use std::time::Duration;

use crate::id::{AttemptId, OrderNo, SplitId};
use crate::money::Money;
use crate::payment::Refusal;
use crate::time::Timestamp;

/// Both channels take at most 50 requests for one order.
pub const MAX_SPLITS: usize = 50;
/// What is shared with more receivers at once is asked for in several splits.
pub const MAX_LINES: usize = 20;
/// Between the first send and the first question.
pub const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub id: SplitId,
    /// Whose money it shares.
    pub attempt: AttemptId,
    /// The merchant's own number.
    pub split_no: OrderNo,
    pub kind: Kind,
    /// Of a return one, of a finish none.
    pub lines: Vec<Line>,
    /// What the channel shows of it.
    pub description: String,
    pub state: State,
    pub channel_split_no: Option<String>,
    pub created_at: Timestamp,
    /// Sends that were begun and may have left.
    pub sends: u16,
    /// When the last of them was begun.
    pub sent_at: Timestamp,
    /// Of the merchant's request, by which a repeat of it is known.
    pub fingerprint: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With `finish` the rest is the merchant's own afterwards.
    Share { finish: bool },
    /// The rest is the merchant's own.
    Finish,
    /// Back from the receiver of a line, by its place among those of a split.
    Return { of: SplitId, line: u16 },
}

impl Kind {
    pub const NAMES: [&str; 3] = ["share", "finish", "return"];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Share { .. } => "share",
            Self::Finish => "finish",
            Self::Return { .. } => "return",
        }
    }

    /// Whether nothing can be shared behind it.
    pub const fn finishes(self) -> bool {
        match self {
            Self::Share { finish } => finish,
            Self::Finish => true,
            Self::Return { .. } => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A request is about to leave, or left and its fate is unknown.
    InDoubt,
    /// The channel took it and works on it.
    Processing,
    /// Every line has its end, each its own.
    Ended { at: Timestamp },
    /// A definite no to all of it.
    Closed(Refusal),
    /// One of several sends was refused, and another may have been taken; or no send ever gets an
    /// answer that decides it. Nothing is sent any more.
    Abnormal(Refusal),
}

impl State {
    pub const fn is_open(&self) -> bool {
        match self {
            Self::InDoubt | Self::Processing | Self::Abnormal(_) => true,
            Self::Ended { .. } | Self::Closed(_) => false,
        }
    }
}

/// What the merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSplit {
    pub split_no: OrderNo,
    pub kind: Kind,
    /// Of a share; a return has its amount in one line, and its receiver where the share has it.
    pub lines: Vec<Line>,
    pub description: String,
    /// The most of the payment that all shares may be, in basis points of it.
    pub max_bp: u16,
    pub fingerprint: [u8; 32],
}

/// News of a split, as a channel tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The channel has it and works on it.
    Accepted { channel_split_no: Option<String> },
    /// How far it is. The channel's own lines may be among them.
    Progress {
        channel_split_no: Option<String>,
        /// Whether the order as a whole is over.
        done: bool,
        lines: Vec<Told>,
    },
    /// The answer to one send: that one did nothing.
    Refused(Refusal),
    /// Nothing decides it, and the same request again would not either.
    Stuck(Refusal),
    /// The channel's record of it ended, and nothing moved.
    Closed(Refusal),
}

/// What is told of one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub receiver: Receiver,
    pub amount: Money,
    pub state: LineState,
}

impl Fact {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "split.accepted",
            Self::Progress { .. } => "split.progress",
            Self::Refused(_) => "split.refused",
            Self::Stuck(_) => "split.stuck",
            Self::Closed(_) => "split.closed",
        }
    }
}

/// Why a wish is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the payment was not made to be split, or is of several parts")]
    NotSplittable,
    #[error("the rest of the payment is the merchant's own already")]
    Finished,
    #[error("a split is of one to 20 receivers, each once, and each of at least one minor unit")]
    Lines,
    #[error("the split exceeds what may still be shared of the payment")]
    ExceedsShare,
    #[error("the payment has used all its splits")]
    TooMany,
    #[error("the receiver does not hold so much of it")]
    ExceedsLine,
}

impl Split {
    /// All that [`Self::status`] may say.
    pub const STATUSES: [&str; 4] = ["processing", "succeeded", "closed", "abnormal"];

    /// As merchants see it: of a share, one receiver who has its share is a success.
    pub fn status(&self) -> &'static str {
        match &self.state {
            State::InDoubt | State::Processing => "processing",
            State::Ended { .. } if self.has_moved() => "succeeded",
            State::Ended { .. } | State::Closed(_) => "closed",
            State::Abnormal(_) => "abnormal",
        }
    }

    /// Of what has ended: whether anything came of it.
    pub fn has_moved(&self) -> bool {
        let paid = |it: &Line| matches!(it.state, LineState::Succeeded { .. });
        self.kind == Kind::Finish || self.lines.iter().any(paid)
    }

    /// What its lines hold, or held until they were paid.
    pub fn held(&self) -> impl Iterator<Item = Money> {
        self.lines.iter().filter(|it| it.holds_money()).map(|it| it.amount)
    }

    /// Whether the channel is asked about it.
    pub const fn may_be_known(&self) -> bool {
        self.sends > 0 && self.state.is_open()
    }

    /// When its task looks at it next; never, where it is over.
    pub fn ask_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let pause = (now.since(self.created_at) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.state.is_open().then(|| now.after(pause))
    }
}

#[cfg(test)]
mod tests;
