//! A day's bill of an account (对账单), and how far it has come.

use std::fmt;

use crate::id::AccountId;
use crate::reconcile::Key;
use crate::route::Day;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bill {
    pub kind: BillKind,
    /// A date in China.
    pub day: Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BillKind {
    /// Payments and refunds (交易账单).
    Trade,
    /// What moved in the account (资金账单).
    Funds,
}

impl BillKind {
    pub const ALL: [Self; 2] = [Self::Trade, Self::Funds];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::Funds => "funds",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.day.0)
    }
}

impl Bill {
    /// `trade/20468`, a date as days since 1970-01-01.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, day) = text.split_once('/')?;
        let bill = Self { kind: BillKind::from_name(kind)?, day: Day(day.parse().ok()?) };
        // One spelling for a bill.
        (bill.to_string() == text).then_some(bill)
    }
}

/// What is known of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillRecord {
    pub account: AccountId,
    pub bill: Bill,
    pub state: BillState,
    /// Of the file, those that were told to their payments.
    pub lines: u64,
    pub changed_at: Timestamp,
    /// Counts writes; the store writes only over the version that was read.
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillState {
    /// It is to be fetched, as soon as it is there.
    Wanted,
    /// Its file is kept, whole, and being told to its payments.
    Fetched,
    /// There is none: the day had no business.
    None,
    /// Not a line of it is believed; it is fetched again.
    Refused {
        /// In the file; zero where the file as a whole is not what it should be.
        line: u64,
        what: String,
    },
    /// Every line was told, or there is none; what differs from our books is being looked for.
    Comparing {
        /// Of what comes up to here it is known.
        after: Option<Key>,
        /// Whether there is a bill at all.
        made: bool,
    },
    /// Every line was told, and what differs from our books is known.
    Reconciled,
}

impl BillState {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 7] =
        ["wanted", "fetched", "none", "refused", "reconciled", "comparing", "comparing_none"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Fetched => "fetched",
            Self::None => "none",
            Self::Refused { .. } => "refused",
            Self::Comparing { made: true, .. } => "comparing",
            Self::Comparing { made: false, .. } => "comparing_none",
            Self::Reconciled => "reconciled",
        }
    }

    /// As it was named, with its parts.
    pub fn from_parts(name: &str, line: u64, what: &str) -> Option<Self> {
        Some(match name {
            "wanted" => Self::Wanted,
            "fetched" => Self::Fetched,
            "none" => Self::None,
            "refused" => Self::Refused { line, what: what.to_owned() },
            "reconciled" => Self::Reconciled,
            "comparing" | "comparing_none" => {
                let after = if what.is_empty() { None } else { Some(what.parse().ok()?) };
                Self::Comparing { after, made: name == "comparing" }
            }
            _ => return None,
        })
    }

    /// What is kept beside its name: of a refusal, the line and the words; of a comparison, how far
    /// it has come.
    pub fn parts(&self) -> (u64, String) {
        match self {
            Self::Refused { line, what } => (*line, what.clone()),
            Self::Comparing { after, .. } => {
                (0, after.map(|it| it.to_string()).unwrap_or_default())
            }
            Self::Wanted | Self::Fetched | Self::None | Self::Reconciled => (0, String::new()),
        }
    }

    /// The line and the words of a refusal; nothing of any other state.
    pub fn refusal(&self) -> (u64, &str) {
        match self {
            Self::Refused { line, what } => (*line, what),
            Self::Wanted
            | Self::Fetched
            | Self::Comparing { .. }
            | Self::None
            | Self::Reconciled => (0, ""),
        }
    }

    /// How far a comparison has come, and whether there is a bill.
    pub const fn comparing(&self) -> Option<(Option<Key>, bool)> {
        match self {
            Self::Comparing { after, made } => Some((*after, *made)),
            Self::Wanted | Self::Fetched | Self::None | Self::Refused { .. } | Self::Reconciled => {
                None
            }
        }
    }

    /// Whether somebody still works on it.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Wanted | Self::Fetched | Self::Comparing { .. } => true,
            Self::None | Self::Refused { .. } | Self::Reconciled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AttemptId;

    #[test]
    fn a_bill_has_one_spelling() {
        for kind in BillKind::ALL {
            let bill = Bill { kind, day: Day(20_468) };
            assert_eq!(Bill::parse(&bill.to_string()), Some(bill));
        }
        for text in ["", "trade", "trade/", "trade/+1", "trade/01", "x/1", "trade/1/2"] {
            assert_eq!(Bill::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_named() {
        let refused = BillState::Refused { line: 7, what: "odd".into() };
        let key = Key::order(AttemptId { number: 1, ..AttemptId::NOBODYS }, None);
        let states = [
            BillState::Wanted,
            BillState::Fetched,
            BillState::None,
            refused,
            BillState::Reconciled,
            BillState::Comparing { after: Some(key), made: true },
            BillState::Comparing { after: None, made: false },
        ];
        for (state, name) in states.into_iter().zip(BillState::NAMES) {
            let (line, what) = state.parts();
            assert_eq!(state.name(), name);
            assert_eq!(BillState::from_parts(name, line, &what), Some(state.clone()));
        }
        assert_eq!(BillState::from_parts("", 0, ""), None);
    }
}
