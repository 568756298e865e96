//! What an account takes: from which amount, up to how much a day, and when not at all.

use super::decision::Reason;
use super::facts::Facts;
use super::weekly::Weekly;
use crate::money::Currency;
use crate::time::Timestamp;

/// They hold whichever rule names the account, and for merchants without rules. Amounts are minor
/// units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub currency: Currency,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub daily_amount: Option<i64>,
    pub daily_count: Option<i64>,
    pub maintenance: Vec<Window>,
}

/// When an account takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Once { from: Timestamp, until: Timestamp },
    Weekly(Weekly),
}

/// What an account has taken on one day: payments that were paid or may yet be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub count: i64,
    /// In minor units of one currency.
    pub amount: i64,
}

impl Taken {
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            amount: self.amount.saturating_add(other.amount),
        }
    }
}

impl Limits {
    pub const fn counts_days(&self) -> bool {
        self.daily_amount.is_some() || self.daily_count.is_some()
    }

    const fn has_amounts(&self) -> bool {
        self.min.is_some() || self.max.is_some() || self.counts_days()
    }

    /// Why the account does not take this payment; nothing when it does.
    pub(super) fn refuse(&self, facts: &Facts<'_>, taken: Taken) -> Option<Reason> {
        let amount = facts.amount.minor();
        let after = taken.plus(Taken { count: 1, amount });
        if self.maintenance.iter().any(|it| it.contains(facts)) {
            Some(Reason::Maintenance)
        } else if self.has_amounts() && facts.amount.currency() != self.currency {
            Some(Reason::OtherCurrency)
        } else if self.min.is_some_and(|it| amount < it) {
            Some(Reason::BelowMinimum)
        } else if self.max.is_some_and(|it| amount > it) {
            Some(Reason::AboveMaximum)
        } else if self.daily_amount.is_some_and(|it| after.amount > it) {
            Some(Reason::DailyAmount)
        } else if self.daily_count.is_some_and(|it| after.count > it) {
            Some(Reason::DailyCount)
        } else {
            None
        }
    }
}

impl Window {
    fn contains(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Once { from, until } => (*from..*until).contains(&facts.now),
            Self::Weekly(weekly) => weekly.contains(facts.local),
        }
    }
}
