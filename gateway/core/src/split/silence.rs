//! What follows where the channel knows nothing of a split, or nothing that decides it.

use std::time::Duration;

use super::{Fact, Split, State};
use crate::payment::Refusal;
use crate::time::Timestamp;

/// For so long after a send, "no such order" may be said of one that is on its way.
pub(super) const SETTLED: Duration = Duration::from_secs(60);
/// For so long it is sent again; and what no question finds for so long after the last send never
/// will be found.
pub(super) const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);

impl Split {
    /// What has not been sent yet is sent, and what the channel does not know after a while is sent
    /// again, under its one number. Nothing else ever is.
    pub fn may_be_sent(&self, now: Timestamp) -> bool {
        let settled = now.since(self.sent_at) >= SETTLED && !self.is_old(now);
        self.state == State::InDoubt && (self.sends == 0 || settled)
    }

    fn is_old(&self, now: Timestamp) -> bool {
        now.since(self.created_at) >= GIVEN_UP
    }

    /// What is certain of a split that a day of sends has not decided.
    pub fn outworn(&self, now: Timestamp) -> Option<Fact> {
        let undecided = self.state == State::InDoubt && self.sends > 0 && self.is_old(now);
        let message =
            "a day of repeats did not decide it: look at the account, and ask the channel";
        let refusal = || Refusal { code: "undecided".into(), message: message.into() };
        undecided.then(|| Fact::Stuck(refusal()))
    }

    /// The channel does not know it. What then is certain, beside that it may be sent again.
    pub fn unknown_to_channel(&self, now: Timestamp) -> Option<Fact> {
        let over = now.since(self.sent_at) >= GIVEN_UP;
        match &self.state {
            State::Abnormal(refusal) if over => Some(Fact::Closed(refusal.clone())),
            State::InDoubt
            | State::Processing
            | State::Ended { .. }
            | State::Closed(_)
            | State::Abnormal(_) => None,
        }
    }
}
