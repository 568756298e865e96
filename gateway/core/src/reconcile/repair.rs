//! What people decide about a difference.

use super::{DifferenceKind, DifferenceRecord, DifferenceState};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Ask the channel again, now.
    Query,
    /// Take the channel's word.
    Accept,
    /// Give the money back.
    Refund,
    /// Leave it as it is, for a reason, which a second person confirms.
    WriteOff,
    /// The second person's yes.
    Confirm,
    /// The second person's no, or the first one's second thought.
    Reject,
}

impl Repair {
    pub const ALL: [Self; 6] =
        [Self::Query, Self::Accept, Self::Refund, Self::WriteOff, Self::Confirm, Self::Reject];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Accept => "accept",
            Self::Refund => "refund",
            Self::WriteOff => "write_off",
            Self::Confirm => "confirm",
            Self::Reject => "reject",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl DifferenceKind {
    /// What can be done about it, the least first.
    pub const fn repairs(self) -> &'static [Repair] {
        match self {
            Self::MissingHere | Self::Status => &[Repair::Query, Repair::WriteOff],
            Self::MissingAtChannel => &[Repair::Query, Repair::Refund, Repair::WriteOff],
            Self::Amount => &[Repair::Query, Repair::Accept, Repair::Refund, Repair::WriteOff],
            Self::Fee | Self::CrossDay => &[Repair::Accept],
            Self::Refund => &[Repair::Query, Repair::Accept, Repair::WriteOff],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("it is over")]
    Over,
    #[error("it is of no use for a difference of this kind")]
    Kind,
    #[error("nobody has proposed to write it off")]
    NotProposed,
    #[error("it waits for the second person's word")]
    Proposed,
    #[error("whoever proposed it cannot confirm it")]
    SamePerson,
    #[error("another charge is what its payment was paid with")]
    OtherCharge,
}

impl DifferenceRecord {
    /// What can be done about it as it stands.
    pub fn repairs(&self) -> Vec<Repair> {
        match &self.state {
            DifferenceState::Waiting | DifferenceState::Open => self.kind.repairs().to_vec(),
            DifferenceState::Proposed { .. } => vec![Repair::Confirm, Repair::Reject],
            DifferenceState::Resolved
            | DifferenceState::Accepted { .. }
            | DifferenceState::WrittenOff { .. } => vec![],
        }
    }

    /// As it is written then; none where the repair is work for others, and what comes of it shows
    /// when the day is compared again.
    pub fn repair(
        &self,
        repair: Repair,
        who: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, Unfit> {
        if !self.repairs().contains(&repair) {
            return Err(self.unfit(repair));
        }
        let (by, reason) = (who.to_owned(), why.to_owned());
        let state = match (repair, &self.state) {
            (Repair::Query, _) => return Ok(None),
            // Written all the same: money goes back for what is known of it, and nothing else.
            (Repair::Refund, state) => state.clone(),
            (Repair::Accept, _) => DifferenceState::Accepted { by, reason },
            (Repair::WriteOff, _) => DifferenceState::Proposed { by, reason },
            (Repair::Confirm, DifferenceState::Proposed { by, reason }) => {
                if by == who {
                    return Err(Unfit::SamePerson);
                }
                let (by, reason) = (by.clone(), reason.clone());
                DifferenceState::WrittenOff { by, reason, confirmed_by: who.to_owned() }
            }
            (Repair::Reject, _) => DifferenceState::Open,
            (Repair::Confirm, _) => return Err(Unfit::NotProposed),
        };
        Ok(Some(self.becomes(state, now)))
    }

    fn unfit(&self, repair: Repair) -> Unfit {
        match (&self.state, repair) {
            (DifferenceState::Proposed { .. }, _) => Unfit::Proposed,
            (state, _) if !state.is_open() => Unfit::Over,
            (_, Repair::Confirm | Repair::Reject) => Unfit::NotProposed,
            _ => Unfit::Kind,
        }
    }
}
