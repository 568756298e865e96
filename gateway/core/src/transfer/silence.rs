//! What follows where the channel knows nothing of a transfer, or says nothing of it.

use std::time::Duration;

use super::{Notice, State, Transfer, Transition};
use crate::payment::Refusal;
use crate::time::Timestamp;

/// For so long after a send, "no such transfer" may be said of one that is on its way.
pub(super) const SETTLED: Duration = Duration::from_secs(60);
/// An only send was refused, and a question so long after it finds nothing: the channel says twice
/// that it has nothing.
pub(super) const CONFIRMED: Duration = Duration::from_secs(10);
/// What one of several sends was refused and no question finds never will be found.
pub(super) const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);
/// For so long a channel may say nothing of what it has taken.
pub(super) const LOST: Duration = Duration::from_secs(3 * 24 * 3600);
/// For so long after the first send a channel finds it: WeChat Pay for 30 days, of which one is
/// left to clocks and zones. Beyond, "no such transfer" proves nothing.
pub const FOUND_FOR: Duration = Duration::from_secs(29 * 24 * 3600);

/// What follows of an answer that told nothing of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Again, under its one number.
    Send,
    /// It was never taken, and never will be.
    GiveUp(Refusal),
    /// A person has to find out.
    Lose(Refusal),
    Wait,
}

impl Transfer {
    /// What has not been sent yet is sent, and what the channel does not know after a while is sent
    /// again, under its one number. Nothing else ever is.
    pub fn may_be_sent(&self, asked: Timestamp) -> bool {
        self.unfound(asked) == Next::Send
    }

    /// The channel says that it knows no such transfer.
    pub(super) fn unfound(&self, asked: Timestamp) -> Next {
        let believed = !self.known && self.would_be_found(asked);
        match &self.state {
            State::InDoubt if self.sends == 0 && !self.cancelling => Next::Send,
            State::InDoubt | State::Refused(_) if !believed => lose(),
            State::InDoubt if !self.cancelling && self.aged(SETTLED, asked) => Next::Send,
            State::InDoubt if self.cancelling && self.aged(GIVEN_UP, asked) => {
                Next::GiveUp(cancelled())
            }
            State::Refused(it) if self.aged(CONFIRMED, asked) => Next::GiveUp(it.clone()),
            State::Abnormal(it) if believed && self.aged(GIVEN_UP, asked) => {
                Next::GiveUp(it.clone())
            }
            State::Processing | State::Waiting { .. } if self.aged(GIVEN_UP, asked) => lose(),
            State::Held
            | State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Succeeded { .. }
            | State::Failed(_)
            | State::Returned(_)
            | State::Abnormal(_) => Next::Wait,
        }
    }

    /// The channel says nothing that could be understood, or nothing at all.
    pub(super) fn unheard(&self, now: Timestamp) -> Next {
        let taken = matches!(self.state, State::Processing | State::Waiting { .. });
        if taken && self.aged(LOST, now) { lose() } else { Next::Wait }
    }

    /// Whatever is done about the silence is decided over what is known when it is written.
    pub(super) fn silent(&self, next: Next) -> Transition {
        match next {
            Next::Send | Next::Wait => Transition::Redundant,
            Next::GiveUp(refusal) => self.to(State::Failed(refusal), None, Some(Notice::Failed)),
            Next::Lose(refusal) => self.to(State::Abnormal(refusal), None, Some(Notice::Abnormal)),
        }
    }

    fn aged(&self, age: Duration, now: Timestamp) -> bool {
        now.since(self.sent_at.unwrap_or(self.created_at)) >= age
    }

    fn would_be_found(&self, now: Timestamp) -> bool {
        let first = self.first_sent_at.unwrap_or(self.created_at);
        now.since(first) < FOUND_FOR
    }
}

fn lose() -> Next {
    let message = "the channel no longer tells of it: look at the account, and ask the channel";
    Next::Lose(Refusal { code: "lost".into(), message: message.into() })
}

fn cancelled() -> Refusal {
    let message = "the merchant cancelled it, and the channel does not know it";
    Refusal { code: "cancelled".into(), message: message.into() }
}
