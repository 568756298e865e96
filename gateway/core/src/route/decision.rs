//! The choice, with a word on every account.

use std::fmt;
use std::sync::Arc;

use crate::id::AccountId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The rule that decided; none where the merchant's own order of preference did.
    pub rule: Option<Arc<str>>,
    pub chosen: Option<AccountId>,
    /// One for each account of the merchant, in its order of preference.
    pub considered: Vec<Considered>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    pub account: AccountId,
    pub reason: Reason,
    /// Its weight and that of all it was drawn with, where there was a draw.
    pub share: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Chosen,
    OtherChannel,
    MethodNotOffered,
    /// The code that the payer shows is of another channel's wallet.
    OtherWallet,
    AlreadyTried,
    /// The rule names other accounts.
    NotATarget,
    /// The rule gives it nothing for now.
    NoWeight,
    /// Its breaker is shut.
    Shut,
    Maintenance,
    OtherCurrency,
    BelowMinimum,
    AboveMaximum,
    DailyAmount,
    DailyCount,
    /// Its breaker is on probation, and a fitter one was there.
    Probation,
    /// Another of the same priority was drawn.
    NotDrawn,
    /// An account before it was chosen.
    NotNeeded,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::OtherChannel => "other_channel",
            Self::MethodNotOffered => "method_not_offered",
            Self::OtherWallet => "other_wallet",
            Self::AlreadyTried => "already_tried",
            Self::NotATarget => "not_a_target",
            Self::NoWeight => "no_weight",
            Self::Shut => "shut",
            Self::Maintenance => "maintenance",
            Self::OtherCurrency => "other_currency",
            Self::BelowMinimum => "below_minimum",
            Self::AboveMaximum => "above_maximum",
            Self::DailyAmount => "daily_amount",
            Self::DailyCount => "daily_count",
            Self::Probation => "probation",
            Self::NotDrawn => "not_drawn",
            Self::NotNeeded => "not_needed",
        }
    }
}

impl Decision {
    /// Whether an account would have taken the payment but for its breaker: soon it may.
    pub fn waits_for_health(&self) -> bool {
        self.chosen.is_none() && self.considered.iter().any(|it| it.reason == Reason::Shut)
    }
}

/// `by night: ali-1 other_channel, wx-1 chosen`
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "by rule {rule}:")?,
            None => f.write_str("by preference:")?,
        }
        for (index, it) in self.considered.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma} {} {}", it.account, it.reason.name())?;
        }
        Ok(())
    }
}
