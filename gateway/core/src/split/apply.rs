//! How a split changes: a fact meets the state.

use super::{Fact, Kind, Line, LineState, Split, State, Told};
use crate::payment::{Contradiction, Refusal};
use crate::planted::bug;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Changed(Box<Split>),
    Redundant,
}

type Applied = Result<Change, Contradiction>;

impl Split {
    pub fn apply(&self, fact: &Fact, at: Timestamp) -> Applied {
        match fact {
            Fact::Accepted { channel_split_no: no } => Ok(self.accepted(no.as_ref())),
            Fact::Progress { channel_split_no: no, done, lines } => {
                self.progress(no.as_ref(), *done, lines, at)
            }
            Fact::Refused(refusal) => self.refused(refusal),
            Fact::Stuck(refusal) => Ok(self.stuck(refusal)),
            Fact::Closed(refusal) => self.closed(refusal),
        }
    }

    /// Whether nothing is left to find out behind it.
    pub fn ends_with(&self, fact: &Fact, at: Timestamp) -> bool {
        matches!(self.apply(fact, at), Ok(Change::Changed(next)) if !next.state.is_open())
    }

    fn accepted(&self, no: Option<&String>) -> Change {
        match self.state {
            State::InDoubt | State::Abnormal(_) => {
                Change::Changed(Box::new(Self { state: State::Processing, ..self.known_as(no) }))
            }
            // Ranks only go up; an old "processing" says nothing new.
            State::Processing | State::Ended { .. } | State::Closed(_) => Change::Redundant,
        }
    }

    fn progress(&self, no: Option<&String>, done: bool, told: &[Told], at: Timestamp) -> Applied {
        let mut next = self.known_as(no);
        for line in &mut next.lines {
            if let Some(told) = told.iter().find(|it| it.receiver == line.receiver) {
                line.told(told)?;
            }
        }
        if let State::Closed(_) | State::Ended { .. } = self.state {
            return Ok(Change::Redundant);
        }
        let pending = |it: &Line| it.state == LineState::Pending;
        let over = match self.kind {
            Kind::Finish => done,
            Kind::Share { .. } | Kind::Return { .. } => !next.lines.iter().any(pending),
        };
        next.state = if over { State::Ended { at } } else { State::Processing };
        let news = (&next.state, &next.lines) != (&self.state, &self.lines);
        Ok(if news { Change::Changed(Box::new(next)) } else { Change::Redundant })
    }

    /// A no to the only send ends it. Beside it another send may have been taken on: then nothing
    /// is sent any more, and its money stays held until the channel says more.
    fn refused(&self, refusal: &Refusal) -> Applied {
        let several = self.sends > 1 && !bug("split-refused-by-a-repeat");
        match self.state {
            State::InDoubt if !several => Ok(self.over(refusal)),
            State::InDoubt => Ok(self.stuck(refusal)),
            State::Ended { .. } if !several => unexpected("split.refused"),
            State::Processing | State::Ended { .. } | State::Closed(_) | State::Abnormal(_) => {
                Ok(Change::Redundant)
            }
        }
    }

    /// Its money stays held until the channel tells of it, or knows nothing of it for long enough.
    fn stuck(&self, refusal: &Refusal) -> Change {
        match self.state {
            State::InDoubt => {
                let state = State::Abnormal(refusal.clone());
                Change::Changed(Box::new(Self { state, ..self.clone() }))
            }
            State::Processing | State::Ended { .. } | State::Closed(_) | State::Abnormal(_) => {
                Change::Redundant
            }
        }
    }

    fn closed(&self, refusal: &Refusal) -> Applied {
        let paid = self.lines.iter().any(|it| matches!(it.state, LineState::Succeeded { .. }));
        match self.state {
            State::InDoubt | State::Processing | State::Abnormal(_) if !paid => {
                Ok(self.over(refusal))
            }
            State::Closed(_) => Ok(Change::Redundant),
            State::InDoubt | State::Processing | State::Abnormal(_) | State::Ended { .. } => {
                unexpected("split.closed")
            }
        }
    }

    fn over(&self, refusal: &Refusal) -> Change {
        let mut next = Self { state: State::Closed(refusal.clone()), ..self.clone() };
        for line in &mut next.lines {
            line.state = LineState::Closed(refusal.clone());
        }
        Change::Changed(Box::new(next))
    }

    fn known_as(&self, no: Option<&String>) -> Self {
        let channel_split_no = no.or(self.channel_split_no.as_ref()).cloned();
        Self { channel_split_no, ..self.clone() }
    }
}

impl Line {
    /// What has its end keeps it: money told of behind a close is a matter for a person.
    fn told(&mut self, told: &Told) -> Result<(), Contradiction> {
        if told.amount != self.amount && !bug("split-amount-unchecked") {
            let (expected, reported) = (self.amount, told.amount);
            return Err(Contradiction::AmountDiffers { expected, reported });
        }
        match (&self.state, &told.state) {
            (LineState::Pending, _) => self.state = told.state.clone(),
            (LineState::Succeeded { .. }, LineState::Closed(_))
            | (LineState::Closed(_), LineState::Succeeded { .. }) => {
                return unexpected("split.progress");
            }
            (LineState::Succeeded { .. } | LineState::Closed(_), _) => {}
        }
        Ok(())
    }
}

fn unexpected<T>(event: &'static str) -> Result<T, Contradiction> {
    Err(Contradiction::Unexpected { event })
}
