//! How a transfer changes: an event meets the state.

use super::{Answer, Effect, Event, Fact, Notice, Rejection, State, Transfer, Transition};
use crate::money::Money;
use crate::payment::{Contradiction, Refusal};
use crate::time::Timestamp;

type Applied = Result<Transition, Contradiction>;

/// Behind the first send, which whoever writes it makes at once.
const WALKED_AFTER: std::time::Duration = std::time::Duration::from_secs(10);

impl Transfer {
    pub fn apply(&self, event: &Event, at: Timestamp) -> Applied {
        match event {
            Event::Judged { by, answer } => Ok(self.judged(by, *answer, at)),
            Event::Sent => Ok(self.sent(at)),
            Event::Unsent => Ok(self.unsent()),
            Event::CancelRequested => Ok(self.cancelled(at)),
            Event::Told(_) if self.state == State::Held => {
                Err(Contradiction::Unexpected { event: event.name() })
            }
            Event::Told(fact) => self.told(fact),
            Event::Unfound { asked } => Ok(self.silent(self.unfound(*asked))),
            Event::Unheard => Ok(self.silent(self.unheard(at))),
        }
    }

    fn judged(&self, by: &str, answer: Answer, at: Timestamp) -> Transition {
        if self.state != State::Held {
            return Transition::Rejected(Rejection::NotHeld);
        }
        let by = Some(by.to_owned());
        match answer {
            Answer::Yes => {
                let next = Self { state: State::InDoubt, approved_by: by, ..self.clone() };
                next.with(vec![Effect::Walk { due: at }])
            }
            Answer::No => {
                let declined = refusal("declined", "it was not allowed");
                self.to(State::Failed(declined), None, Some(Notice::Failed))
            }
        }
    }

    fn sent(&self, at: Timestamp) -> Transition {
        if self.state != State::InDoubt || self.cancelling {
            return Transition::Redundant;
        }
        let sends = self.sends.saturating_add(1);
        let first_sent_at = self.first_sent_at.filter(|_| self.sends > 0).or(Some(at));
        let next = Self { sends, first_sent_at, sent_at: Some(at), ..self.clone() };
        // What is sent first has no task yet.
        let walk = Effect::Walk { due: at.after(WALKED_AFTER) };
        let first = self.sent_at.is_none() && self.approved_by.is_none();
        next.with(if first { vec![walk] } else { vec![] })
    }

    fn unsent(&self) -> Transition {
        if self.sends == 0 {
            return Transition::Redundant;
        }
        let next = Self { sends: self.sends - 1, ..self.clone() };
        // Nothing is on its way that would have to be awaited.
        let over = next.sends == 0 && next.cancelling && next.state == State::InDoubt;
        if over { next.withdrawn() } else { next.with(vec![]) }
    }

    /// What was never sent ends here; what may have left is the channel's to take back.
    fn cancelled(&self, at: Timestamp) -> Transition {
        match self.state {
            State::Held => self.withdrawn(),
            State::InDoubt if self.sends == 0 => self.withdrawn(),
            State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Abnormal(_) => self.to_be_taken_back(at),
            State::Succeeded { .. } | State::Failed(_) | State::Returned(_) => {
                Transition::Rejected(Rejection::Ended)
            }
        }
    }

    fn to_be_taken_back(&self, at: Timestamp) -> Transition {
        if self.cancelling {
            return Transition::Redundant;
        }
        Self { cancelling: true, ..self.clone() }.with(vec![Effect::Walk { due: at }])
    }

    fn withdrawn(&self) -> Transition {
        let refusal = refusal("cancelled", "the merchant cancelled it before it was sent");
        self.to(State::Failed(refusal), None, Some(Notice::Failed))
    }

    fn told(&self, fact: &Fact) -> Applied {
        // The money was given free because nobody knew of it.
        if fact.is_under_way() && !self.known && matches!(self.state, State::Failed(_)) {
            return Err(Contradiction::Unexpected { event: fact.name() });
        }
        let heard = Self { known: self.known || fact.is_of_a_record(), ..self.clone() };
        match fact {
            Fact::Accepted { channel_transfer_no: no } => Ok(heard.accepted(no.as_ref())),
            Fact::Waiting { channel_transfer_no: no, package } => {
                Ok(heard.waiting(no.as_ref(), package.as_ref()))
            }
            Fact::Succeeded { amount, channel_transfer_no: no, at } => {
                heard.succeeded(*amount, no.as_ref(), *at)
            }
            Fact::Refused(refusal) => heard.refused(refusal, fact.name()),
            Fact::Closed(refusal) => heard.closed(refusal, fact.name()),
            Fact::Returned(refusal) => Ok(heard.returned(refusal)),
        }
    }

    fn accepted(&self, no: Option<&String>) -> Transition {
        match self.state {
            State::InDoubt | State::Refused(_) | State::Abnormal(_) => {
                self.to(State::Processing, no, None)
            }
            // Ranks only go up; an old "processing" says nothing new.
            State::Held
            | State::Processing
            | State::Waiting { .. }
            | State::Succeeded { .. }
            | State::Failed(_)
            | State::Returned(_) => Transition::Redundant,
        }
    }

    /// Only the first answer has the package: a question has none, and takes none away.
    fn waiting(&self, no: Option<&String>, package: Option<&String>) -> Transition {
        let next = State::Waiting { package: package.cloned() };
        match &self.state {
            State::InDoubt | State::Processing | State::Refused(_) | State::Abnormal(_) => {
                self.to(next, no, Some(Notice::AwaitingPayee))
            }
            State::Waiting { package: None } if package.is_some() => {
                self.to(next, no, Some(Notice::AwaitingPayee))
            }
            State::Held
            | State::Waiting { .. }
            | State::Succeeded { .. }
            | State::Failed(_)
            | State::Returned(_) => Transition::Redundant,
        }
    }

    fn succeeded(&self, amount: Money, no: Option<&String>, at: Timestamp) -> Applied {
        if amount != self.amount {
            let expected = self.amount;
            return Err(Contradiction::AmountDiffers { expected, reported: amount });
        }
        match self.state {
            State::Succeeded { .. } | State::Returned(_) => Ok(Transition::Redundant),
            // Money that went out is a fact, whatever was said before.
            State::Held
            | State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Failed(_)
            | State::Abnormal(_) => {
                Ok(self.to(State::Succeeded { at }, no, Some(Notice::Succeeded)))
            }
        }
    }

    /// A no to the only send is believed when a question has found nothing. Beside several another
    /// may have been taken on. Nothing is sent any more, and the money stays reserved.
    fn refused(&self, refusal: &Refusal, event: &'static str) -> Applied {
        let several = self.sends > 1;
        match self.state {
            State::InDoubt if !several => Ok(self.to(State::Refused(refusal.clone()), None, None)),
            State::InDoubt => {
                Ok(self.to(State::Abnormal(refusal.clone()), None, Some(Notice::Abnormal)))
            }
            State::Succeeded { .. } if !several => Err(Contradiction::Unexpected { event }),
            State::Held
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Succeeded { .. }
            | State::Failed(_)
            | State::Returned(_)
            | State::Abnormal(_) => Ok(Transition::Redundant),
        }
    }

    fn closed(&self, refusal: &Refusal, event: &'static str) -> Applied {
        match self.state {
            State::Held
            | State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Abnormal(_) => {
                Ok(self.to(State::Failed(refusal.clone()), None, Some(Notice::Failed)))
            }
            State::Failed(_) | State::Returned(_) => Ok(Transition::Redundant),
            State::Succeeded { .. } => Err(Contradiction::Unexpected { event }),
        }
    }

    /// What came back before it was known to have gone has failed.
    fn returned(&self, refusal: &Refusal) -> Transition {
        match self.state {
            State::Succeeded { .. } => {
                self.to(State::Returned(refusal.clone()), None, Some(Notice::Returned))
            }
            State::Held
            | State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Abnormal(_) => {
                self.to(State::Failed(refusal.clone()), None, Some(Notice::Failed))
            }
            State::Failed(_) | State::Returned(_) => Transition::Redundant,
        }
    }

    pub(super) fn to(
        &self,
        state: State,
        no: Option<&String>,
        notice: Option<Notice>,
    ) -> Transition {
        let channel_transfer_no = no.or(self.channel_transfer_no.as_ref()).cloned();
        let mut next = Self { state, channel_transfer_no, ..self.clone() };
        let tell = notice.map(|notice| {
            next.events += 1;
            Effect::Tell { number: next.events, notice }
        });
        next.with(tell.into_iter().collect())
    }

    fn with(self, effects: Vec<Effect>) -> Transition {
        let next = Self { version: self.version + 1, ..self };
        Transition::Applied { next: Box::new(next), effects }
    }
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { code: code.into(), message: message.into() }
}
